/** Unified line difference of two texts, as `diff -u` writes it, without file names. */

const CONTEXT = 3;
/** Largest product of changed lines that is compared line by line; beyond it the whole stretch counts as replaced. */
const MOST_CELLS = 4_000_000;

interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** @returns an empty text when both are equal */
export function lineDiff(before: string, after: string): string {
  if (before === after) return '';
  const lines = diffLines(before.split('\n'), after.split('\n'));
  return hunks(lines).join('\n');
}

function diffLines(a: readonly string[], b: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({ sign: ' ', text }));
  return [
    ...same(a.slice(0, start)),
    ...changedLines(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

/** By longest common subsequence. */
function changedLines(a: readonly string[], b: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ sign: '-', text });
  const added = (text: string): DiffLine => ({ sign: '+', text });
  if (a.length * b.length > MOST_CELLS) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ sign: ' ', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) lines.push(removed(a[i++] ?? ''));
    else lines.push(added(b[j++] ?? ''));
  }
  return [...lines, ...a.slice(i).map(removed), ...b.slice(j).map(added)];
}

/** Changed lines with their surroundings; stretches that touch are one hunk. */
function hunks(lines: readonly DiffLine[]): string[] {
  const texts: string[] = [];
  let before = 1;
  let after = 1;
  let index = 0;
  while (index < lines.length) {
    const from = index;
    const change = lines.findIndex(({ sign }, at) => at >= from && sign !== ' ');
    if (change === -1) break;
    const start = Math.max(from, change - CONTEXT);
    before += start - from;
    after += start - from;
    const hunk = lines.slice(start, endOfHunk(lines, change));
    const removed = hunk.filter(({ sign }) => sign !== '+').length;
    const added = hunk.filter(({ sign }) => sign !== '-').length;
    texts.push(`@@ -${before},${removed} +${after},${added} @@`, ...hunk.map(({ sign, text }) => sign + text));
    before += removed;
    after += added;
    index = start + hunk.length;
  }
  return texts;
}

function endOfHunk(lines: readonly DiffLine[], change: number): number {
  let last = change;
  for (let index = change; index < lines.length && index <= last + 2 * CONTEXT; index += 1)
    if (lines[index]?.sign !== ' ') last = index;
  return Math.min(lines.length, last + CONTEXT + 1);
}
