/** What was compared, against what was seen: adds up the cells of one period. Pure. */
import type { Side } from '../../side.js';
import type { CallerKind, Verdict } from '../comparison.js';
import type { SeenWhat } from './comparison-batch.js';
import type { CoverageCell, Evidence, ReasonCount, StatusClass } from './evidence.js';

export interface CellRow {
  readonly period: number;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly status: string;
  readonly caller: CallerKind;
  readonly count: number;
}

export interface ShapeRow {
  readonly period: number;
  readonly shape: string;
  readonly verdict: Verdict;
  readonly count: number;
}

export interface SeenRow {
  readonly row: string;
  readonly what: SeenWhat;
  readonly value: string;
  readonly count: number;
}

export interface LedgerRows {
  readonly cells: readonly CellRow[];
  readonly shapes: readonly ShapeRow[];
  readonly seen: readonly SeenRow[];
  readonly answeredBy: Side | undefined;
}

/** Of cells with verdict `ignored`: noise had a part in it. */
export const NOISE = 'noise';

const CALLERS: readonly string[] = ['anonymous', 'device', 'operator', 'admin', 'unrecognised'];

export function coverageOf({
  cells,
  shapes,
  seen: all,
  answeredBy,
}: LedgerRows): Pick<Evidence, 'inconclusive' | 'noisy' | 'statuses' | 'callers' | 'shapes'> {
  // Where the engine answers, writes are not compared, so what they show can't be covered.
  const seen = answeredBy === 'engine' ? all.filter(({ what }) => what.startsWith('read')) : all;
  const statuses = new Ledger<StatusClass>();
  const callers = new Ledger<CallerKind>();
  const byShape = new Ledger<string>();
  const inconclusive = new Map<string, number>();
  let noisy = 0;
  for (const { what, value, count } of seen)
    (what.endsWith('status') ? statuses : callers).see(value as StatusClass & CallerKind, count);
  for (const { status, caller, verdict, reason, count } of cells) {
    if (status.endsWith('xx')) statuses.add(status as StatusClass, verdict, count);
    callers.add(caller, verdict, count);
    if (verdict === 'ignored' && reason === NOISE) noisy += count;
    if (verdict === 'inconclusive') inconclusive.set(reason, (inconclusive.get(reason) ?? 0) + count);
  }
  for (const { shape, verdict, count } of shapes) byShape.add(shape, verdict, count);
  return {
    noisy,
    inconclusive: reasons([...inconclusive].map(([reason, count]) => ({ reason, count }))),
    statuses: statuses.cells().sort((a, b) => (a.value < b.value ? -1 : 1)),
    callers: callers.cells().sort((a, b) => CALLERS.indexOf(a.value) - CALLERS.indexOf(b.value)),
    shapes: byShape.cells().sort((a, b) => b.compared - a.compared),
  };
}

/** Most frequent first. */
export function reasons(rows: readonly ReasonCount[]): ReasonCount[] {
  return rows.map(({ reason, count }) => ({ reason, count })).sort((a, b) => b.count - a.count);
}

class Ledger<T extends string> {
  readonly #cells = new Map<T, { compared: number; mismatches: number; seen: number }>();

  see(value: T, count: number): void {
    this.#cell(value).seen += count;
  }

  add(value: T, verdict: Verdict, count: number): void {
    const cell = this.#cell(value);
    if (verdict !== 'inconclusive') cell.compared += count;
    if (verdict === 'mismatch') cell.mismatches += count;
  }

  /** What was compared was seen, even where nothing else counted it. */
  cells(): CoverageCell<T>[] {
    return [...this.#cells].map(([value, cell]) => ({ value, ...cell, seen: Math.max(cell.seen, cell.compared) }));
  }

  #cell(value: T): { compared: number; mismatches: number; seen: number } {
    let cell = this.#cells.get(value);
    if (cell === undefined) {
      cell = { compared: 0, mismatches: 0, seen: 0 };
      this.#cells.set(value, cell);
    }
    return cell;
  }
}
