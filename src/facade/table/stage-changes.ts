/** What one version changed, told by id: for the audit, and for those who watch rows move. */
import { jobOf, jobTarget, SCHEDULER_ROW } from './background-tasks.js';
import type { StageChange } from './migration-table-store.js';
import type { Position } from './stage.js';
import { TABLE_DEFAULTS } from './table-config.js';
import type { Canary, EventRow, TableSnapshot } from './table-snapshot.js';

/** Where something stands, in words: `legacy`, `canary 10 % by guid`, `engine`. */
export function describeStage(stage: Position, canary: Canary | undefined): string {
  return canary === undefined ? stage : `${stage} ${canary.percent} % by ${canary.by}`;
}

/** As `describeStage`, with ` + both` where the other side gets the event too. */
export function describeEvent({ stage, canary, both }: EventRow): string {
  return describeStage(stage, canary) + (both ? ' + both' : '');
}

/**
 * Rows that one of the two does not have are `absent` there. Whom rows let in is told under `access:ID`, the profile under
 * `profile`. In the order of the newer table, gone rows last.
 */
export function stageChanges(previous: TableSnapshot | undefined, next: TableSnapshot): readonly StageChange[] {
  const before = previous === undefined ? new Map<string, string>() : positions(previous);
  const after = positions(next);
  const ids = [...after.keys(), ...[...before.keys()].filter((id) => !after.has(id))];
  return ids
    .map((id) => ({ id, from: before.get(id) ?? unnamed(id, before), to: after.get(id) ?? unnamed(id, after) }))
    .filter(({ from, to }) => from !== to);
}

/** What is not said says the default; of a job, the scheduler's owner. */
function unnamed(id: string, positions: ReadonlyMap<string, string>): string {
  if (jobOf(id) !== undefined) return positions.get(SCHEDULER_ROW) ?? TABLE_DEFAULTS.stage;
  if (id === 'profile') return TABLE_DEFAULTS.profile;
  return id.startsWith('access:') ? TABLE_DEFAULTS.access : 'absent';
}

function positions({ profile, routes, defaultRow, sockets, background }: TableSnapshot): Map<string, string> {
  const rows = [...routes, defaultRow];
  return new Map<string, string>([
    ...(profile === TABLE_DEFAULTS.profile ? [] : [['profile', profile] as const]),
    ...rows.map(({ id, stage, canary }) => [id, describeStage(stage, canary)] as const),
    ['sockets', sockets.stage] as const,
    ...[...sockets.events.values()].map((row) => [row.id, describeEvent(row)] as const),
    ...background.map(({ name, owner }) => [`background:${name}`, owner] as const),
    ...background.flatMap(({ jobs }) => Object.entries(jobs).map(([id, owner]) => [jobTarget(id), owner] as const)),
    ...rows.flatMap(({ id, access }) => (access === TABLE_DEFAULTS.access ? [] : [[`access:${id}`, access] as const])),
  ]);
}
