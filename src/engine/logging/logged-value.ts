/** How a text that somebody else chose looks in a line of the log: it can't pass for another field, nor fill the file. */

const LONGEST = 64;
/** Visible ASCII, without what begins a field or a quotation. */
const PLAIN = /^[!#-<>-~]+$/;

/** The first 64 characters; in JSON's quotation marks unless they are plain. */
export function loggedValue(text: string): string {
  // Cut by units before it is cut by characters: it may be of any length.
  const shown = [...text.slice(0, 2 * LONGEST)].slice(0, LONGEST).join('');
  return PLAIN.test(shown) ? shown : JSON.stringify(shown);
}
