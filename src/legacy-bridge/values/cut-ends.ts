/**
 * Takes characters off the ends of a text, in time linear to its length. A regular expression such as `[{}]+$` is not: it
 * tries each run within the text anew from each of its characters, and callers choose these texts.
 */

/** @param isOuter whether a UTF-16 code is taken off */
export function cutEnds(text: string, isOuter: (code: number) => boolean): string {
  let start = 0;
  while (start < text.length && isOuter(text.charCodeAt(start))) start += 1;
  return cutEnd(text.slice(start), isOuter);
}

/** The same, at the end only. */
export function cutEnd(text: string, isOuter: (code: number) => boolean): string {
  let end = text.length;
  while (end > 0 && isOuter(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
