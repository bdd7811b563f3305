/** Colours and aligned columns. Pure. Values may come from anybody on the network, so none reaches a terminal unfiltered. */
import { stripVTControlCharacters } from 'node:util';
import type { CliStream } from './cli-io.js';

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly caution: Paint;
  readonly bad: Paint;
}

const plain: Paint = (text) => text;
const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    `\u001b[${on}m${text}\u001b[${off}m`;

const PLAIN: Style = { bold: plain, dim: plain, good: plain, caution: plain, bad: plain };
const COLOURED: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  good: sgr(32, 39),
  caution: sgr(33, 39),
  bad: sgr(31, 39),
};

/** Colours only on a terminal that has them, and not when NO_COLOR is set (no-color.org). */
export function styleFor({ isTTY }: CliStream, env: NodeJS.ProcessEnv): Style {
  return isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? COLOURED : PLAIN;
}

/** Colour of a stage: what the engine does not touch is dim. */
export function paintStage(stage: string, style: Style): string {
  if (stage === 'engine' || stage === 'retired') return style.good(stage);
  return stage === 'legacy' ? style.dim(stage) : style.caution(stage);
}

/** A cell's text as a terminal may show it: control characters, which could move its cursor or forge lines, are shown. */
export function printable(value: unknown): string {
  return String(value ?? '-').replaceAll(
    /\p{Cc}/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Lines of left-aligned columns, two blanks apart. Cells may hold colours; they must be printable already. */
export function columns(heads: readonly string[], rows: readonly (readonly string[])[], style: Style): string {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => visibleLength(row[at] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : pad(cell, widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [heads.map((head) => head), ...rows]
    .map((cells, at) => (at === 0 ? style.bold(line(cells)) : line(cells)))
    .join('\n');
}

/** Lines of a name and its value. */
export function facts(pairs: readonly (readonly [name: string, value: string])[], style: Style): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${style.dim(pad(name, width))}  ${value}`).join('\n');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)));
}

function visibleLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
