/**
 * Row changes that a background task may have made while a write was watched. No request tells of them, so they would look like rows
 * that the engine forgot. Only what such a task does, and when it does it, is told apart here: a table by itself would excuse an engine
 * that never writes it. Who owns the task plays no part, since both sides write one database. `repo-refresh` writes none. Pure.
 */
import {
  type ColumnValue,
  type EffectRow,
  type OutgoingCall,
  PLAYBOOK_CALL,
  type RowChange,
} from '../../../legacy-bridge/effects/effects.js';
import type { RowPair } from './pair-rows.js';

/** Epoch milliseconds between the two looks at the database. */
export interface WatchedSpan {
  readonly from: number;
  readonly to: number;
}

/** @param extra changes that only the legacy was seen to make */
export function wroteInBackground(extra: readonly RowChange[], span: WatchedSpan): boolean {
  const ticks = mayTick(span);
  return extra.some((change) => (ticks && mayBeScheduled(change)) || isPruned(change, span));
}

/**
 * Whether a playbook that the request began on the server had ended by the second look: what its rows said when they were written can't be
 * seen any more. Only where the engine would have begun one as well, and says of the very same row that it runs.
 */
export function endedMeanwhile(pairs: readonly RowPair[], calls: readonly OutgoingCall[]): boolean {
  return calls.some(({ method }) => method === PLAYBOOK_CALL) && pairs.some(hasEnded);
}

function hasEnded({ legacy, engine }: RowPair): boolean {
  if (legacy?.change !== 'insert' || engine?.change !== 'insert') return false;
  const isOfRun = engine.table === 'activity_history' || engine.table === 'ansible_play_recaps';
  return isOfRun && engine.after?.status === 'Running' && ENDED.has(legacy.after?.status ?? null);
}

const ENDED: ReadonlySet<ColumnValue> = new Set(['Success', 'Failed']);
const MINUTE_MS = 60_000;
/** A tick begins within the first second of a minute (scheduler 7), and runs for a while. */
const TICK_MS = 10_000;
/** From the legacy's answer to the second look, at most as a rule. */
const LOOK_MS = 1000;

function mayTick({ from, to }: WatchedSpan): boolean {
  return from % MINUTE_MS < TICK_MS || Math.floor(from / MINUTE_MS) !== Math.floor((to + LOOK_MS) / MINUTE_MS);
}

/** What a tick and its dispatches change: scheduler 7.3 and 7.4. */
function mayBeScheduled({ table, change }: RowChange): boolean {
  return SCHEDULED[table]?.includes(change) === true;
}

const SCHEDULED: Readonly<Record<string, readonly RowChange['change'][]>> = {
  scheduled_job_runs: ['insert', 'update', 'delete'],
  scheduled_job_run_activity: ['insert'],
  activity_history: ['insert', 'update'],
  ansible_play_recaps: ['insert', 'update'],
};

/** At any time of the day: agents-http 3.4. */
function isPruned({ table, change, before = {}, after = {} }: RowChange, { to }: WatchedSpan): boolean {
  if (table === 'enrollment_install_codes')
    return change === 'delete' && before.use_count === 0 && millisecondsOf(before.expires_at) < to;
  if (change !== 'update') return false;
  if (table === 'enrollment_install_codes_persistent') return turns('is_active', 1, 0, before, after);
  return table === 'device_approvals' && turns('status', 'pending', 'expired', before, after);
}

function turns(column: string, from: ColumnValue, to: ColumnValue, before: EffectRow, after: EffectRow): boolean {
  return before[column] === from && after[column] === to;
}

function millisecondsOf(value: ColumnValue | undefined): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}
