/** The names that a device may get when others have the one that it claims (agents-http 3.2 and 9.2). */

/** In characters. */
const LONGEST = 253;
const MOST_SUFFIX = 49;

/** A claim as far as it is kept. */
export function cutHostname(claim: string): string {
  return [...claim].slice(0, LONGEST).join('');
}

/** The name with each suffix that is tried, in order. */
export function* suffixedHostnames(name: string): Generator<string> {
  for (let n = 1; n <= MOST_SUFFIX; n += 1) yield `${name}-${n}`;
}

/** What is shown to an operator when all of them are taken, and the device has no guid to be named by. */
export function lastHostname(name: string): string {
  return `${name}-${MOST_SUFFIX + 1}`;
}
