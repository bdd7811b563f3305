/** The table that a change would make, checked whole before anyone acts on it. Writes nothing. */
import { editAccess } from './access-edit.js';
import { backgroundTaskOf, jobOf, SCHEDULER_ROW } from './background-tasks.js';
import { type CheckedTable, checkTable } from './check-table.js';
import { editTable } from './edit-table.js';
import { addIgnore } from './ignore-edit.js';
import type { AccessRequest, FlipRequest, IgnoreRequest } from './migration-table-store.js';
import { checkReason, type FlipPlan, planFlip, stagedConfig } from './plan-flip.js';
import { schedulerOf } from './scheduler-row.js';
import { eventStage, type Position } from './stage.js';
import { stageChanges } from './stage-changes.js';
import { TableError, type TableErrorCode } from './table-error.js';
import type { Canary, TableSnapshot } from './table-snapshot.js';
import type { TableValidator } from './validators/table-validator.js';

export interface TableSurroundings {
  /** How problems name the file. */
  readonly file: string;
  /** Those of this installation. */
  readonly rules?: readonly TableValidator[] | undefined;
}

/**
 * @throws TableError the code that says why the flip is refused
 */
export function flippedTable(
  table: CheckedTable,
  { file, rules }: TableSurroundings,
  request: FlipRequest,
): CheckedTable {
  const plans = planFlip(table, request);
  const next = changedTable(table, { file, rules, text: editTable(table, plans), code: 'edit_impossible' });
  if (!isAsPlanned(table.snapshot, next.snapshot, plans)) throw new TableError('edit_impossible');
  return next;
}

/**
 * Several flips as one version; each must be possible after those before it.
 * @throws TableError the code that says why one of them is refused
 */
export function flippedTogether(
  table: CheckedTable,
  surroundings: TableSurroundings,
  requests: readonly FlipRequest[],
): CheckedTable {
  const { text } = requests.reduce((next, request) => flippedTable(next, surroundings, request), table);
  return changedTable(table, { ...surroundings, text, code: 'edit_impossible' });
}

/** @throws TableError the code that says why the rule is refused */
export function ignoringTable(
  table: CheckedTable,
  { file, rules }: TableSurroundings,
  request: IgnoreRequest,
): CheckedTable {
  checkReason(request);
  const text = addIgnore(table, request);
  const next = changedTable(table, { file, rules, text, code: 'edit_impossible' });
  const added = stagedConfig(next, request.target)?.evidence.compare.ignore?.some(({ path }) => path === request.path);
  const moved = stageChanges(table.snapshot, next.snapshot).length > 0;
  if (added !== true || moved) throw new TableError('edit_impossible');
  return next;
}

/** @throws TableError the code that says why the access is refused */
export function accessTable(
  table: CheckedTable,
  surroundings: TableSurroundings,
  request: AccessRequest,
): CheckedTable {
  checkReason(request);
  const next = changedTable(table, { ...surroundings, text: editAccess(table, request), code: 'table_invalid' });
  const others = stageChanges(table.snapshot, next.snapshot).filter(({ id }) =>
    request.target === 'profile' ? id !== 'profile' && !id.startsWith('access:') : id !== `access:${request.target}`,
  );
  if (others.length > 0) throw new TableError('edit_impossible');
  return next;
}

/**
 * @param change.code what it means when the text breaks a rule
 * @throws TableError `nothing_to_change`, or that code
 */
export function changedTable(
  table: CheckedTable,
  { file, rules, text, code }: TableSurroundings & { readonly text: string; readonly code: TableErrorCode },
): CheckedTable {
  if (text === table.text) throw new TableError('nothing_to_change');
  const check = checkTable({ file, rules, text, version: table.snapshot.version + 1 });
  if (!check.ok) throw new TableError(code, undefined, { problems: check.problems });
  return check.table;
}

/** Whether all that was to move is where it should be, and nothing else has moved. */
function isAsPlanned(before: TableSnapshot, after: TableSnapshot, plans: readonly FlipPlan[]): boolean {
  const reached = plans.flatMap((plan) => {
    const rows = reachedBy(after, plan);
    return rows.length > 0 && rows.every((row) => isWherePlanned(row, plan)) ? rows : [undefined];
  });
  if (reached.includes(undefined)) return false;
  const jobsToo = plans.some(({ target }) => target === SCHEDULER_ROW) ? schedulerOf(before).jobs : {};
  return stageChanges(before, after).length <= reached.length + Object.keys(jobsToo).length;
}

interface Reached {
  readonly stage: Position;
  readonly canary: Canary | undefined;
  readonly isEvent?: boolean;
}

function reachedBy(after: TableSnapshot, { target }: FlipPlan): Reached[] {
  const isOf = ({ id, group }: { readonly id: string; readonly group: string | undefined }) =>
    id === target || group === target;
  const { owner, jobs } = schedulerOf(after);
  const job = jobOf(target);
  return [
    ...after.routes.filter(isOf),
    ...(target === 'default' ? [after.defaultRow] : []),
    ...[...after.sockets.events.values()].filter(isOf).map((row) => ({ ...row, isEvent: true })),
    ...(target === 'sockets' ? [{ stage: after.sockets.stage, canary: undefined }] : []),
    ...after.background
      .filter(({ name }) => name === backgroundTaskOf(target))
      .map((task) => ({ stage: task.owner, canary: undefined })),
    ...(job === undefined ? [] : [{ stage: jobs[job] ?? owner, canary: undefined }]),
  ];
}

/** Of a group at verify, the routes are there and the events at engine. */
function isWherePlanned({ stage, canary, isEvent }: Reached, plan: FlipPlan): boolean {
  return (
    (stage === plan.stage || (isEvent === true && stage === eventStage(plan.stage))) &&
    canary?.percent === plan.canary?.percent &&
    canary?.by === plan.canary?.by
  );
}
