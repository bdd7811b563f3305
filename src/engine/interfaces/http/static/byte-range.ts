/** The `Range` header of one part (RFC 9110 14.2). */

/** First and one past the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * @param length bytes of the whole
 * @returns undefined when the part can't be served: other units, several parts, turned round, beyond the end
 */
export function parseRange(header: string, length: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header) ?? [];
  if (first === '') {
    // The last bytes of the whole; `-0` is the whole to the legacy.
    const size = Number(last) || length;
    return last !== '' && size <= length ? { start: length - size, end: length } : undefined;
  }
  const start = Number(first);
  const end = last === '' ? length : Math.min(Number(last) + 1, length);
  return start < end && (last === '' || start <= Number(last)) ? { start, end } : undefined;
}
