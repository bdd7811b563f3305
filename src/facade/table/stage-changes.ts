/** What one version changed, told by id: for the audit, and for those who watch rows move. */
import type { StageChange } from './migration-table-store.js';
import type { Stage } from './stage.js';
import type { Canary, TableSnapshot } from './table-snapshot.js';

/** Where something stands, in words: `legacy`, `canary 10 % by guid`, `engine`. */
export function describeStage(stage: Stage, canary: Canary | undefined): string {
  return canary === undefined ? stage : `${stage} ${canary.percent} % by ${canary.by}`;
}

/** Rows that one of the two does not have are `absent` there. In the order of the newer table, gone rows last. */
export function stageChanges(previous: TableSnapshot | undefined, next: TableSnapshot): readonly StageChange[] {
  const before = previous === undefined ? new Map<string, string>() : positions(previous);
  const after = positions(next);
  const ids = [...after.keys(), ...[...before.keys()].filter((id) => !after.has(id))];
  return ids
    .map((id) => ({ id, from: before.get(id) ?? 'absent', to: after.get(id) ?? 'absent' }))
    .filter(({ from, to }) => from !== to);
}

function positions({ routes, defaultRow, sockets, background }: TableSnapshot): Map<string, string> {
  return new Map([
    ...[...routes, defaultRow].map(({ id, stage, canary }) => [id, describeStage(stage, canary)] as const),
    ['sockets', sockets.stage] as const,
    ...background.map(({ name, owner }) => [`background:${name}`, owner] as const),
  ]);
}
