/** The `Range` header of one part (RFC 9110 14.2). */

/** First and one past the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const DIGITS = /^\d*$/;

/**
 * @param length bytes of the whole
 * @returns undefined when the part can't be served: other units, several parts, turned round, beyond the end
 */
export function parseRange(header: string, length: number): ByteRange | undefined {
  const [first, last] = endsOf(header);
  if (first === '') {
    // The last bytes of the whole; `-0` is the whole to the legacy.
    const size = Number(last) || length;
    return last !== '' && size <= length ? { start: length - size, end: length } : undefined;
  }
  const start = Number(first);
  const end = last === '' ? length : Math.min(Number(last) + 1, length);
  return start < end && (last === '' || start <= Number(last)) ? { start, end } : undefined;
}

/** As written; empty for one that is left out, both empty when it is no range of bytes. Linear: any stranger may send a long header. */
function endsOf(header: string): readonly [first: string, last: string] {
  const [unit = '', written = '', ...others] = header.split('=', 3);
  const [first = '', last, ...more] = written.split('-', 3).map((part) => part.trim());
  const readable = unit.trim().toLowerCase() === 'bytes' && others.length === 0 && more.length === 0;
  return readable && last !== undefined && DIGITS.test(first) && DIGITS.test(last) ? [first, last] : ['', ''];
}
