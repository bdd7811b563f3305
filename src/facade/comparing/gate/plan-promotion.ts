/** Which rows a promotion moves, where to, and what the gate says of them. Asks for evidence, changes nothing. */
import { comparedRows } from '../../table/compared-rows.js';
import type { Stage } from '../../table/stage.js';
import type { RouteRow, TableSnapshot } from '../../table/table-snapshot.js';
import type { Evidence } from '../store/evidence.js';
import type { GateVerdict } from './gate-verdict.js';
import { nextStage } from './next-stage.js';

export interface Promotion {
  /** Row or group. */
  readonly target: string;
  readonly from: Stage;
  /** Undefined when there is no stage beyond. */
  readonly to: Stage | undefined;
  /** Of each row that moves. */
  readonly verdicts: readonly GateVerdict[];
  readonly ready: boolean;
  /** What is missing, with the row that lacks it. */
  readonly missing: readonly string[];
}

export interface PromotionSources {
  readonly table: TableSnapshot;
  evidenceOf(rowId: string): Promise<Evidence | undefined>;
  judge(row: RouteRow, evidence: Evidence): GateVerdict;
}

/** @returns undefined when the table has no such row or group; a row that is in a group is its group's business */
export async function planPromotion(target: string, sources: PromotionSources): Promise<Promotion | undefined> {
  const rows = rowsOf(target, sources.table);
  const [first] = rows;
  if (first === undefined) return undefined;
  const to = groupNext(rows);
  const verdicts: GateVerdict[] = [];
  const missing: string[] = [];
  for (const row of rows) {
    // An event of a group at `verify` is the engine's already.
    if (row.stage === to) continue;
    const evidence = await sources.evidenceOf(row.id);
    if (evidence === undefined) {
      // A row that nobody has judged is not ready.
      missing.push(`${row.id}: there is no evidence of it, since the table has changed`);
      continue;
    }
    const verdict = sources.judge(row, evidence);
    verdicts.push(verdict);
    missing.push(...verdict.missing.map((text) => `${row.id}: ${text}`));
  }
  return { target, from: first.stage, to, verdicts, ready: to !== undefined && missing.length === 0, missing };
}

/** Routes first: of a group their stage is the group's, while an event's may be further. */
function rowsOf(target: string, table: TableSnapshot): readonly RouteRow[] {
  const rows = comparedRows(table);
  if (table.groups.has(target)) return rows.filter(({ group }) => group === target);
  return rows.filter(({ id, group }) => id === target && group === undefined);
}

/** A group passes over `verify` only when nothing of any of its rows would be compared there. */
function groupNext(rows: readonly RouteRow[]): Stage | undefined {
  const nexts = new Set(rows.map(nextStage));
  return nexts.has('verify') ? 'verify' : [...nexts][0];
}
