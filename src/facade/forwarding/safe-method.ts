/** Methods that ask for nothing to be changed (RFC 9110 9.2.1), of those that are forwarded. */
export function isSafe(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
