/**
 * A write is replayed on a database in which the legacy has done it already: rows begin where it left them. This puts the
 * engine's changes onto the rows as they were before, and says where that hides whether the engine writes at all. Pure.
 */
import type { EffectRow, Effects, RowChange } from '../../../legacy-bridge/effects/effects.js';

export interface RebasedEffects {
  readonly effects: Effects;
  /** General paths of which a replay can't tell: the fault was that nothing was written there, and nothing has to be now. */
  readonly untellable: ReadonlySet<string>;
}

export interface KeptEffects {
  readonly legacy: Effects;
  readonly engine: Effects;
}

export function rebaseEffects(now: Effects, kept: KeptEffects): RebasedEffects {
  const rows = now.rows.map((change): RowChange => {
    const done = kept.legacy.rows.find((one) => isSameRow(one, change) && isUpdate(one) && isUpdate(change));
    return done === undefined ? change : { ...change, before: done.before };
  });
  const untellable = kept.legacy.rows.filter(isUpdate).flatMap((done) => {
    const changed = writtenColumns(done);
    const writtenThen = writtenColumns(kept.engine.rows.find((one) => isSameRow(one, done)));
    const writtenNow = writtenColumns(now.rows.find((one) => isSameRow(one, done)));
    return [...changed]
      .filter((column) => !writtenThen.has(column) && !writtenNow.has(column))
      .map((column) => `rows.${done.table}[*].${column}`);
  });
  return { effects: { ...now, rows }, untellable: new Set(untellable) };
}

function isSameRow(a: RowChange, b: RowChange): boolean {
  return a.table === b.table && a.rowId === b.rowId;
}

function isUpdate({ change }: RowChange): boolean {
  return change === 'update';
}

function writtenColumns(change: RowChange | undefined): Set<string> {
  const { before = {}, after = {} }: { before?: EffectRow | undefined; after?: EffectRow | undefined } = change ?? {};
  const columns = Object.keys({ ...before, ...after });
  return new Set(columns.filter((column) => JSON.stringify(before[column]) !== JSON.stringify(after[column])));
}
