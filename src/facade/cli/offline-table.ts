/** The migration table as its file has it, for commands that work without a running facade. */
import { readTableFile } from '../admin/check/read-table-file.js';
import type { FacadeSettings } from '../settings/settings.js';
import { formatProblem } from '../table/table-error.js';
import type { TableSnapshot } from '../table/table-snapshot.js';
import { CliError } from './cli-error.js';

/** @throws CliError with every problem of the file */
export async function offlineTable({ table }: Pick<FacadeSettings, 'table'>): Promise<TableSnapshot> {
  const check = await readTableFile(table.file);
  if (check.ok) return check.table.snapshot;
  throw new CliError('failed', 'table_invalid', `${table.file} can't be used:`, {
    problems: check.problems.map(formatProblem),
    hint: 'Mend the file, or name another one with table.file in the settings.',
  });
}
