/** A new version with all that whoever made it has to mind, however he made it. */
import type { TableVersion } from '../../table/migration-table-store.js';
import type { AdminDeps } from '../admin-deps.js';
import { type MadeVersion, withWarnings } from './scheduler-flips.js';
import { uncheckedWarnings } from './unchecked-flip.js';

export type ToldVersionDeps = Pick<AdminDeps, 'table' | 'scheduler' | 'notServed' | 'sharedWarnings'>;

export async function toldVersion(deps: ToldVersionDeps, version: TableVersion): Promise<MadeVersion> {
  const made = withWarnings(deps, version);
  return { ...made, warnings: [...made.warnings, ...(await uncheckedWarnings(deps, version))] };
}
