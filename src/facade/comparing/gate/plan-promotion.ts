/** Which rows a promotion moves, where to, and what the gate says of them. Asks for evidence, changes nothing. */
import { EVENT_STAGES, type EventStage, type Stage, stageRank } from '../../table/stage.js';
import type { EventRow, RouteRow, TableSnapshot } from '../../table/table-snapshot.js';
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
  const events = eventsOf(target, sources.table);
  const [first = events[0]] = rows;
  if (first === undefined) return undefined;
  const to = rows.length > 0 ? groupNext(rows) : nextEventStage(first.stage);
  const verdicts: GateVerdict[] = [];
  const missing: string[] = [];
  for (const row of rows) {
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
  missing.push(...unknownEvents(events, to));
  return { target, from: first.stage, to, verdicts, ready: to !== undefined && missing.length === 0, missing };
}

function rowsOf(target: string, { routes, defaultRow, groups }: TableSnapshot): readonly RouteRow[] {
  if (groups.has(target)) return routes.filter(({ group }) => group === target);
  if (target === defaultRow.id) return [defaultRow];
  return routes.filter(({ id, group }) => id === target && group === undefined);
}

function eventsOf(target: string, { sockets, groups }: TableSnapshot): readonly EventRow[] {
  const rows = [...sockets.events.values()];
  if (groups.has(target)) return rows.filter(({ group }) => group === target);
  return rows.filter(({ id, group }) => id === target && group === undefined);
}

function nextEventStage(stage: Stage): EventStage | undefined {
  return EVENT_STAGES.find((next) => stageRank(next) > stageRank(stage));
}

/** Nothing compares events yet: they move by an operator's word alone where the engine is to handle them. */
function unknownEvents(events: readonly EventRow[], to: Stage | undefined): string[] {
  if (to === undefined || to === 'shadow') return [];
  return events.map(({ id }) => `${id}: not compared, since this release compares no events; flip it, or use force`);
}

/** A group passes over `verify` only when nothing of any of its rows would be compared there. */
function groupNext(rows: readonly RouteRow[]): Stage | undefined {
  const nexts = new Set(rows.map(nextStage));
  return nexts.has('verify') ? 'verify' : [...nexts][0];
}
