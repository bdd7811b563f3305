/** Two texts beside each other, lines that agree on the same height. Pure. */
import { printable, type Style } from './style.js';

/** A pair of lines; undefined where a text has none at this height. */
export interface Aligned {
  readonly left: string | undefined;
  readonly right: string | undefined;
}

/** Largest product of line counts that is aligned; beyond it, lines stand beside each other by number. */
const MOST_CELLS = 1_000_000;

/** By the longest common subsequence of lines; what stands between two common lines is put on one height. */
export function align(left: readonly string[], right: readonly string[]): Aligned[] {
  if (left.length * right.length > MOST_CELLS) return beside(left, right);
  const rows: Aligned[] = [];
  let [atLeft, atRight] = [0, 0];
  for (const [a, b] of commonLines(left, right)) {
    rows.push(...beside(left.slice(atLeft, a), right.slice(atRight, b)), { left: left[a], right: right[b] });
    [atLeft, atRight] = [a + 1, b + 1];
  }
  return [...rows, ...beside(left.slice(atLeft), right.slice(atRight))];
}

export interface SideBySideOptions {
  /** Of the terminal, characters. */
  readonly width: number;
  readonly style: Style;
}

export function writeSideBySide(rows: readonly Aligned[], { width, style }: SideBySideOptions): string[] {
  const half = Math.max(20, Math.floor((width - 3) / 2));
  return rows.map(({ left, right }) => {
    const [a, b] = [cell(left, half), cell(right, half)];
    if (left === right) return `${a.padEnd(half)}   ${b}`.trimEnd();
    const paintedLeft = left === undefined ? a.padEnd(half) : style.bad(a.padEnd(half));
    return `${paintedLeft} ${style.caution('|')} ${right === undefined ? b : style.good(b)}`.trimEnd();
  });
}

function cell(text: string | undefined, width: number): string {
  const shown = text === undefined ? '' : printable(text);
  return shown.length > width ? `${shown.slice(0, width - 1)}…` : shown;
}

function beside(left: readonly string[], right: readonly string[]): Aligned[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_none, at) => ({
    left: left[at],
    right: right[at],
  }));
}

/** Places of the lines of a longest common subsequence, in both texts. */
function commonLines(left: readonly string[], right: readonly string[]): [number, number][] {
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  const at = (a: number, b: number): number => lengths[a * width + b] ?? 0;
  for (let a = left.length - 1; a >= 0; a -= 1)
    for (let b = right.length - 1; b >= 0; b -= 1)
      lengths[a * width + b] = left[a] === right[b] ? at(a + 1, b + 1) + 1 : Math.max(at(a + 1, b), at(a, b + 1));
  const common: [number, number][] = [];
  for (let a = 0, b = 0; a < left.length && b < right.length; ) {
    if (left[a] === right[b]) common.push([a++, b++]);
    else if (at(a + 1, b) >= at(a, b + 1)) a += 1;
    else b += 1;
  }
  return common;
}
