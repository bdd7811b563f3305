/**
 * From a path as sent to the text that the legacy's URL map sees: percent-decoded once, the bytes
 * read as UTF-8 with U+FFFD for what is none. `%zz` stays as it stands, `%2F` becomes a slash like any other.
 */

const HEX = /^[0-9a-fA-F]{2}$/;

/** @param raw as Node gives it: one character per byte (characters above U+00FF are taken as text) */
export function decodePath(raw: string): string {
  return needsDecoding(raw) ? pathBytes(raw).toString('utf8') : raw;
}

/** Whether decoding could change anything: an ASCII path without `%` is its own text. */
function needsDecoding(raw: string): boolean {
  for (let index = 0; index < raw.length; index += 1) {
    const code = raw.charCodeAt(index);
    if (code === 0x25 || code > 0x7f) return true;
  }
  return false;
}

/** The path as it came over the wire. */
export function wireBytes(raw: string): Buffer {
  return Buffer.from(raw, /[\u0100-\uffff]/.test(raw) ? 'utf8' : 'latin1');
}

/** The bytes that the path stands for. */
export function pathBytes(raw: string): Buffer {
  const latin1 = wireBytes(raw).toString('latin1');
  const bytes = Buffer.allocUnsafe(latin1.length);
  let length = 0;
  for (let index = 0; index < latin1.length; index += 1) {
    const hex = latin1.slice(index + 1, index + 3);
    const encoded = latin1[index] === '%' && HEX.test(hex);
    bytes[length] = encoded ? Number.parseInt(hex, 16) : latin1.charCodeAt(index);
    length += 1;
    if (encoded) index += 2;
  }
  return bytes.subarray(0, length);
}
