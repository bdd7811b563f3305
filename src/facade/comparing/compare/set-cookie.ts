/** One `Set-Cookie` line taken apart (RFC 6265 5.2). */

export interface ReadCookie {
  readonly line: string;
  readonly name: string;
  readonly value: string;
  /** By name in lower case; `''` for those without a value. */
  readonly attributes: ReadonlyMap<string, string>;
}

export function readSetCookie(line: string): ReadCookie {
  const [pair = '', ...rest] = line.split(';');
  const [name, value] = cutAtEquals(pair);
  const attributes = new Map<string, string>();
  for (const part of rest) {
    const [attribute, text] = cutAtEquals(part);
    if (attribute !== '') attributes.set(attribute.toLowerCase(), text);
  }
  return { line, name, value, attributes };
}

function cutAtEquals(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
