/** Which paths two servers could read differently. The facade refuses these before it matches (DESIGN: life of a request, step 2). */
import { pathBytes, wireBytes } from './decode-path.js';

/** Why a path is refused, and what that means. A code, a log word and a metric label alike. */
export const PATH_REFUSALS = {
  path_not_absolute: 'The path does not start with a slash.',
  path_backslash: 'The path holds a backslash, plain or encoded: some servers take it for a slash.',
  path_fragment: 'The path holds a plain #: some servers cut it off there.',
  path_control: 'The path holds a control character, plain or encoded.',
  path_malformed:
    'The path holds a % that two hexadecimal digits do not follow: some servers refuse it, others keep it.',
  path_not_utf8: 'The path is not valid UTF-8 when decoded: servers replace such bytes differently.',
  path_dot_segment: 'The path holds a segment . or .., plain or encoded: some servers resolve it.',
} as const;

export type PathRefusal = keyof typeof PATH_REFUSALS;

/** A path of these characters alone, with no dot that begins a segment, is safe; nearly all paths are. */
const PLAIN = /^(?:\/(?!\.)[A-Za-z0-9._~!$&'()*+,;=:@-]*)+$/;
const MALFORMED = /%(?![0-9a-fA-F]{2})/;
const BACKSLASH = /\\|%5c/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
const CONTROL = /[\u0000-\u001f\u007f]|%[01][0-9a-f]|%7f/i;
const DOT_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Encoded slashes, doubled slashes and valid UTF-8 are not ambiguous here: both sides read them by the legacy's rules.
 * @param path raw, without the query
 * @returns undefined when every server reads the path alike
 */
export function ambiguousPath(path: string): PathRefusal | undefined {
  if (PLAIN.test(path)) return undefined;
  if (!path.startsWith('/')) return 'path_not_absolute';
  if (BACKSLASH.test(path)) return 'path_backslash';
  if (path.includes('#')) return 'path_fragment';
  if (CONTROL.test(path)) return 'path_control';
  if (MALFORMED.test(path)) return 'path_malformed';
  const decoded = decodeStrictly(pathBytes(path));
  // A character that is half plain, half encoded is valid only to a server that decodes before it reads UTF-8.
  if (decoded === undefined || decodeStrictly(wireBytes(path)) === undefined) return 'path_not_utf8';
  return DOT_SEGMENT.test(decoded) ? 'path_dot_segment' : undefined;
}

function decodeStrictly(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined; // The decoder's word for bytes that are no UTF-8.
    throw error;
  }
}
