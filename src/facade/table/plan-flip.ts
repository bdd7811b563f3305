/** Whether a flip may be made, and what it would write. Looks at the table in force, changes nothing. */
import { BACKGROUND_PREFIX, BACKGROUND_TASKS, backgroundTaskOf, ENGINE_TASKS } from './background-tasks.js';
import type { CheckedTable } from './check-table.js';
import { isPercentage, parseCohortKey } from './cohort-key.js';
import type { FlipRequest } from './migration-table-store.js';
import { describeUnmet, unmetRequirements } from './requirements.js';
import { STAGES, type Stage } from './stage.js';
import { suggestion } from './suggestion.js';
import type { StagedConfig } from './table-config.js';
import { TableError } from './table-error.js';
import type { Canary, TableSnapshot } from './table-snapshot.js';

/** What is to be written at the target. */
export interface FlipPlan {
  readonly target: string;
  readonly stage: Stage;
  /** Set exactly when `stage` is `canary`. */
  readonly canary: Canary | undefined;
}

/** @throws TableError with the code that says why the flip is refused */
export function planFlip(table: CheckedTable, request: FlipRequest): FlipPlan {
  const { target, stage } = request;
  checkReason(request);
  checkTarget(table, target);
  checkStage(target, stage);
  const config = stagedConfig(table, target);
  const plan: FlipPlan = { target, stage, canary: plannedCanary(config, request) };
  checkChange(table.snapshot, plan);
  checkRequirements(table, plan);
  return plan;
}

/** @throws TableError `why_required`, `who_required` */
export function checkReason({ why, who }: { readonly why: string; readonly who: string }): void {
  if (why.trim() === '') throw new TableError('why_required');
  if (who.trim() === '') throw new TableError('who_required');
}

/** The row, group or defaults that a target names. Undefined for `sockets`, background tasks, and for defaults that the file does not have. */
export function stagedConfig({ config }: CheckedTable, target: string): StagedConfig | undefined {
  if (target === 'default') return config.defaults;
  return config.groups.find(({ id }) => id === target) ?? config.routes.find(({ id }) => id === target);
}

function checkTarget({ snapshot }: CheckedTable, target: string): void {
  if (target === 'default' || target === 'sockets' || snapshot.groups.has(target)) return;
  if (backgroundTaskOf(target) !== undefined) return;
  const row = snapshot.routes.find(({ id }) => id === target);
  if (row?.group !== undefined)
    throw new TableError('in_group', `Row ${target} flips with its group: flip ${row.group} instead.`);
  if (row !== undefined) return;
  const tasks = BACKGROUND_TASKS.map((name) => BACKGROUND_PREFIX + name);
  const ids = ['default', 'sockets', ...tasks, ...snapshot.groups.keys(), ...snapshot.routes.map(({ id }) => id)];
  const near = BACKGROUND_TASKS.some((name) => name === target) ? BACKGROUND_PREFIX + target : target;
  throw new TableError('unknown_target', `No row or group is called ${target}${suggestion(near, ids)}.`);
}

function checkStage(target: string, stage: Stage): void {
  // Callers hand on what a person typed.
  if (!STAGES.includes(stage))
    throw new TableError(
      'stage_unknown',
      `No stage is called ${stage}${suggestion(stage, STAGES)}; stages are ${STAGES.join(', ')}.`,
    );
  if (target === 'sockets' && stage !== 'legacy' && stage !== 'engine')
    throw new TableError('stage_unavailable', `Sockets can be at legacy or engine, not at ${stage}.`);
  const task = backgroundTaskOf(target);
  if (task !== undefined) checkOwner(task, stage);
}

/** The stages of a background task are its owners. */
function checkOwner(task: string, stage: Stage): void {
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
  if (now?.stage === stage && now.canary?.percent === canary?.percent && now.canary?.by === canary?.by)
    throw new TableError('nothing_to_change', `${target} is at ${stage} already.`);
}

function positionOf(
  { sockets, defaultRow, background, groups, routes }: TableSnapshot,
  target: string,
): { readonly stage: Stage; readonly canary?: Canary | undefined } | undefined {
  if (target === 'sockets') return sockets;
  if (target === 'default') return defaultRow;
  const task = background.find(({ name }) => name === backgroundTaskOf(target));
  if (task !== undefined) return { stage: task.owner };
  return groups.get(target) ?? routes.find(({ id }) => id === target);
}

/** Both ways: what the target requires, and what requires the target. */
function checkRequirements({ config, snapshot }: CheckedTable, { target, stage }: FlipPlan): void {
  const stages = new Map<string, Stage>([
    ...snapshot.background.map(({ name, owner }): [string, Stage] => [`background:${name}`, owner]),
    ['sockets', snapshot.sockets.stage],
    ...[...snapshot.groups].map(([id, group]): [string, Stage] => [id, group.stage]),
    ...snapshot.routes.map((row): [string, Stage] => [row.id, row.group === target ? stage : row.stage]),
    [target, stage],
  ]);
  const requirers = [...config.groups, ...config.routes].map(({ id, requires }) => ({
    id,
    requires,
    stage: stages.get(id) ?? 'legacy',
  }));
  const unmet = unmetRequirements(requirers, (id) => stages.get(id));
  if (unmet.length > 0) throw new TableError('requires_unmet', `Refused: ${unmet.map(describeUnmet).join('; ')}.`);
}
