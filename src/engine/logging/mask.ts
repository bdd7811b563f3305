/** How secrets look in the log (engine-facts 2). */

/** Install codes: first and last three characters when longer than six, else nothing of them. */
export function maskCode(code: string): string {
  return code.length > 6 ? `${code.slice(0, 3)}***${code.slice(-3)}` : '***';
}

/** Value of an `Authorization` header: of a bearer token the first and last four characters, of others the scheme. */
export function maskAuthorization(value: string): string {
  const [scheme = '', ...rest] = value.trim().split(/\s+/);
  const token = rest.join(' ');
  if (token === '') return '***';
  if (scheme.toLowerCase() !== 'bearer') return `${scheme} ***`;
  return `${scheme} ${token.length > 8 ? `${token.slice(0, 4)}***${token.slice(-4)}` : '*'.repeat(token.length)}`;
}

/** Headers for the log, names as given; `<no-headers>` when there are none. */
export function maskHeaders(headers: Readonly<Record<string, string>>): string {
  const shown = Object.entries(headers).map(([name, value]) => `${name}=${maskHeader(name.toLowerCase(), value)}`);
  return shown.length === 0 ? '<no-headers>' : shown.join(' ');
}

function maskHeader(name: string, value: string): string {
  if (name === 'authorization') return maskAuthorization(value);
  if (name === 'cookie' || name === 'set-cookie') return '<redacted>';
  return name === 'dpop' || name === 'proxy-authorization' ? '***' : value;
}
