/**
 * What to mind of rows that moved towards an engine that nobody could ask, or that may work on files of its own. An engine that is down
 * keeps no row from moving: the legacy answers.
 */
import type { TableVersion } from '../../table/migration-table-store.js';
import type { AdminDeps } from '../admin-deps.js';

export async function uncheckedWarnings(
  { table, notServed, sharedWarnings }: Pick<AdminDeps, 'table' | 'notServed' | 'sharedWarnings'>,
  { changes }: Pick<TableVersion, 'changes'>,
): Promise<readonly string[]> {
  const rows = new Set(table.current().routes.map(({ id }) => id));
  if (!changes.some(({ id, to }) => rows.has(id) && to !== 'legacy' && to !== 'shadow')) return [];
  const shared = sharedWarnings();
  if ((await notServed()) !== undefined) return shared;
  return [
    ...shared,
    'the engine could not be asked whether it serves these rows; where it does not, clients hear 501 as soon as it is up. "facade status" says how it is',
  ];
}
