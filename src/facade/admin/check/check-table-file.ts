/** Whether the table file keeps every rule. */

import type { TableCheck } from '../../table/check-table.js';
import { STAGES } from '../../table/stage.js';
import { formatProblem } from '../../table/table-error.js';
import { type CheckFinding, ok, problem } from './check-report.js';

export function checkTableFile(file: string, check: TableCheck): readonly CheckFinding[] {
  if (!check.ok)
    return check.problems.map((one) =>
      problem(
        'table',
        formatProblem(one),
        'Mend the file. Until then the last good table stays, and no facade starts with it.',
      ),
    );
  const { routes, defaultRow } = check.table.snapshot;
  const rows = [...routes, defaultRow];
  const counts = STAGES.map((stage) => [stage, rows.filter((row) => row.stage === stage).length] as const);
  const told = counts.filter(([, count]) => count > 0).map(([stage, count]) => `${count} at ${stage}`);
  return [ok('table', `${file} keeps every rule; rows: ${told.join(', ')}`)];
}
