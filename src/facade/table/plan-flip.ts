/** Whether a flip may be made, and what it would write. Looks at the table in force, changes nothing. */

import { CLIENT_EVENTS } from '../../legacy-bridge/realtime/client-events.js';
import {
  BACKGROUND_PREFIX,
  BACKGROUND_TASKS,
  backgroundTaskOf,
  ENGINE_TASKS,
  jobOf,
  SCHEDULER,
  SCHEDULER_ROW,
} from './background-tasks.js';
import type { CheckedTable } from './check-table.js';
import { isPercentage, parseCohortKey } from './cohort-key.js';
import { EVENT_PREFIX, eventOf } from './event-id.js';
import type { FlipRequest } from './migration-table-store.js';
import { describeMissed, missedWithoutRelay } from './missed-without-relay.js';
import { describeUnmet, unmetRequirements } from './requirements.js';
import { unmetNeedsOfScheduler } from './scheduler-needs.js';
import { ownerOfJob, schedulerOf } from './scheduler-row.js';
import { EVENT_STAGES, POSITIONS, type Position, SOCKETS_STAGES, STAGES } from './stage.js';
import { positionedOf, standingsOf } from './standings.js';
import { suggestion } from './suggestion.js';
import { type StagedConfig, TABLE_DEFAULTS } from './table-config.js';
import { TableError } from './table-error.js';
import type { Canary, Requirement, TableSnapshot } from './table-snapshot.js';

/** What is to be written at the target. */
export interface FlipPlan {
  readonly target: string;
  readonly stage: Position;
  /** Set exactly when `stage` is `canary`. */
  readonly canary: Canary | undefined;
}

/**
 * One plan for each target. Requirements are asked of the outcome, so that targets which require each other can go together.
 * @throws TableError with the code that says why the flip is refused
 */
export function planFlip(table: CheckedTable, request: FlipRequest): readonly FlipPlan[] {
  const { stage } = request;
  checkReason(request);
  const plans = targetsOf(request).map((target): FlipPlan => {
    checkTarget(table, target);
    checkStage(target, stage);
    return { target, stage, canary: plannedCanary(stagedConfig(table, target), request) };
  });
  for (const plan of plans) checkChange(table.snapshot, plan);
  checkRequirements(table, plans);
  return plans;
}

/** Each once; jobs go with the scheduler. */
function targetsOf({ target, also = [] }: FlipRequest): readonly string[] {
  const all = [...new Set([target, ...also])];
  return all.includes(SCHEDULER_ROW) ? all.filter((one) => jobOf(one) === undefined) : all;
}

/** @throws TableError `why_required`, `who_required` */
export function checkReason({ why, who }: { readonly why: string; readonly who: string }): void {
  if (why.trim() === '') throw new TableError('why_required');
  if (who.trim() === '') throw new TableError('who_required');
}

/**
 * The row, group or defaults that a target names. Undefined for `sockets`, background tasks, and for defaults and rows of
 * events that the file does not have.
 */
export function stagedConfig({ config }: CheckedTable, target: string): StagedConfig | undefined {
  if (target === 'default') return config.defaults;
  const staged = [...config.groups, ...config.routes, ...(config.sockets?.events ?? [])];
  return staged.find(({ id }) => id === target);
}

function checkTarget({ snapshot }: CheckedTable, target: string): void {
  if (target === 'default' || target === 'sockets' || snapshot.groups.has(target)) return;
  if (backgroundTaskOf(target) !== undefined || jobOf(target) !== undefined) return;
  const events = [...snapshot.sockets.events.values()];
  const row = [...snapshot.routes, ...events].find(({ id }) => id === target);
  if (row?.group !== undefined)
    throw new TableError('in_group', `Row ${target} flips with its group: flip ${row.group} instead.`);
  if (row !== undefined || CLIENT_EVENTS.includes(eventOf(target) ?? '')) return;
  const known = [...events.map(({ event }) => event), ...CLIENT_EVENTS];
  const tasks = BACKGROUND_TASKS.map((name) => BACKGROUND_PREFIX + name);
  const named = [...snapshot.groups.keys(), ...snapshot.routes.map(({ id }) => id)];
  const ids = ['default', 'sockets', ...tasks, ...named, ...known.map((event) => EVENT_PREFIX + event)];
  const near = BACKGROUND_TASKS.some((name) => name === target)
    ? BACKGROUND_PREFIX + target
    : known.includes(target)
      ? EVENT_PREFIX + target
      : target;
  throw new TableError('unknown_target', `No row or group is called ${target}${suggestion(near, ids)}.`);
}

function checkStage(target: string, stage: Position): void {
  // Callers hand on what a person typed.
  if (!POSITIONS.includes(stage))
    throw new TableError(
      'stage_unknown',
      `No stage is called ${stage}${suggestion(stage, POSITIONS)}; stages are ${STAGES.join(', ')}, and split for the sockets.`,
    );
  if (target === 'sockets') {
    if (!SOCKETS_STAGES.some((one) => one === stage))
      throw new TableError('stage_unavailable', `Sockets can be at legacy, split or engine, not at ${stage}.`);
    return;
  }
  if (stage === 'split')
    throw new TableError('stage_unavailable', `Only the sockets have a stage split, not ${target}.`);
  if (eventOf(target) !== undefined && !EVENT_STAGES.some((one) => one === stage))
    throw new TableError(
      'stage_unavailable',
      `Events can be at ${EVENT_STAGES.join(', ')}, not at ${stage}: the legacy would handle again what the engine has.`,
    );
  const task = jobOf(target) === undefined ? backgroundTaskOf(target) : SCHEDULER;
  if (task !== undefined) checkOwner(task, stage);
}

/** The stages of a background task are its owners. */
function checkOwner(task: string, stage: Position): void {
  if (stage !== 'legacy' && stage !== 'engine')
    throw new TableError('stage_unavailable', `Background tasks belong to legacy or engine, not to ${stage}.`);
  if (stage === 'engine' && !ENGINE_TASKS.includes(task))
    throw new TableError('stage_unavailable', `This release's engine has no ${task}, so nobody would do its work.`);
}

function plannedCanary(config: StagedConfig | undefined, { stage, percent, by }: FlipRequest): Canary | undefined {
  if (stage !== 'canary') {
    if (percent !== undefined || by !== undefined) throw new TableError('percent_unexpected');
    return undefined;
  }
  if (percent !== undefined && !isPercentage(percent)) throw new TableError('percent_invalid');
  if (by !== undefined && parseCohortKey(by) === undefined) throw new TableError('by_invalid');
  const share = percent ?? config?.canary?.percent;
  if (share === undefined) throw new TableError('percent_required');
  return { percent: share, by: by ?? config?.canary?.by ?? 'address' };
}

function checkChange(snapshot: TableSnapshot, { target, stage, canary }: FlipPlan): void {
  const now = positionOf(snapshot, target);
  // Jobs that the other side runs come along.
  if (target === SCHEDULER_ROW && Object.keys(schedulerOf(snapshot).jobs).length > 0) return;
  if (now?.stage === stage && now.canary?.percent === canary?.percent && now.canary?.by === canary?.by)
    throw new TableError('nothing_to_change', `${target} is at ${stage} already.`);
}

function positionOf(
  { sockets, defaultRow, background, groups, routes }: TableSnapshot,
  target: string,
): { readonly stage: Position; readonly canary?: Canary | undefined } | undefined {
  if (target === 'sockets') return sockets;
  if (target === 'default') return defaultRow;
  const task = background.find(({ name }) => name === backgroundTaskOf(target));
  if (task !== undefined) return { stage: task.owner };
  const job = jobOf(target);
  if (job !== undefined) return { stage: ownerOfJob(schedulerOf({ background }), job) };
  const event = eventOf(target);
  if (event !== undefined) return sockets.events.get(event) ?? { stage: TABLE_DEFAULTS.stage };
  return groups.get(target) ?? routes.find(({ id }) => id === target);
}

/** Both ways: what the targets require, and what requires them. */
function checkRequirements({ config, snapshot }: CheckedTable, plans: readonly FlipPlan[]): void {
  const moved = new Map(plans.map(({ target, stage }) => [target, stage]));
  const missed = missedWithoutRelay(snapshot, moved);
  if (missed.length > 0) throw new TableError('requires_unmet', `Refused: ${describeMissed(missed)}.`);
  const standings = standingsOf(positionedOf(snapshot, moved));
  const requirers = [...config.groups, ...config.routes, ...(config.sockets?.events ?? [])].map(({ id, requires }) => ({
    id,
    requires,
    stage: standings.get(id)?.furthest ?? 'legacy',
  }));
  const unmet = [
    ...unmetRequirements<Requirement>(requirers, (id) => standings.get(id)),
    ...unmetNeedsOfScheduler(standings),
  ];
  if (unmet.length > 0) throw new TableError('requires_unmet', `Refused: ${unmet.map(describeUnmet).join('; ')}.`);
}
