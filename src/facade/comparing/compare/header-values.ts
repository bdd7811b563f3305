/** Reading header lists of captured messages. */

export type Headers = readonly (readonly [name: string, value: string])[];

/** All values of one name, in order. @param name in lower case */
export function headerValues(headers: Headers, name: string): string[] {
  return headers.flatMap(([other, value]) => (other === name ? [value] : []));
}
