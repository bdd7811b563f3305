/** Errors of the migration table: refused tables, refused flips, and failures to keep a new version. */
import type { TableProblem } from './migration-table-store.js';

/** Every code with its meaning, for answers, exit texts and the reference. A code is also the word in the log. */
export const TABLE_ERROR_CODES = {
  table_invalid:
    'The table breaks at least one rule; every problem is listed. At start the facade does not come up with it.',
  table_unreadable: 'The table file can not be read.',
  table_rejected:
    'The file on disk holds an edit that breaks a rule. The last good table is in force; mend the file before flipping, so that the edit is not lost.',
  table_changing: 'The file on disk kept changing while the flip was made. Nothing was written; try again.',
  table_moved: 'The table has changed since the flip was decided on. Nothing changed; look again, and repeat it.',
  table_write_failed: 'The table file could not be rewritten. Nothing changed.',
  history_write_failed: 'The new version could not be kept in facade.db (full, locked or broken). Nothing changed.',
  table_closed: 'The facade is stopping.',
  unknown_target: 'No row, event or group has this id.',
  unknown_job: 'No scheduled job has this id.',
  in_group: 'The row is in a group and flips with it: name the group.',
  stage_unknown: 'No stage has this name.',
  stage_unavailable: 'The stage can not be used here, or not in this release.',
  percent_required: 'A canary needs a percentage, and the row has none from an earlier canary.',
  percent_invalid: 'A percentage is a number from 0 to 100 with at most two decimals.',
  percent_unexpected: 'Only a canary has a percentage or a way to tell clients apart.',
  by_invalid: 'Clients are told apart by guid, operator, address or header:NAME.',
  requires_unmet:
    'Another row, group, sockets or task has not reached the stage that this one requires, or would fall below it.',
  engine_not_fit:
    "The engine does not serve the row's routes or handle its event yet; or, for rows that sign in or judge agents or operators, the two sides do not share keys, secret or database; or, for jobs, it could not dispatch them: it is not there, has no link, or does not know who is online.",
  held_down:
    'The guard moved the row back a short while ago and holds it until the time that is told. Release it with `facade guard release`, or use --force.',
  access_unknown: 'No class of access, or profile, has this name.',
  rule_expired: 'An ignore rule needs a day that is still to come: one that has expired passes nothing over.',
  nothing_to_change: 'The table is so already.',
  why_required: 'Each change needs a reason, for the audit.',
  who_required: 'Each change needs a name, for the audit.',
  unknown_version: 'No such version is kept.',
  edit_impossible: 'The file is written in a way that can not be changed in place; change it by hand.',
} as const;

export type TableErrorCode = keyof typeof TABLE_ERROR_CODES;

export class TableError extends Error {
  readonly code: TableErrorCode;
  /** All of them, for `table_invalid` and `table_rejected`. */
  readonly problems: readonly TableProblem[];

  /** @param detail what is special about this case; the code's own text when there is nothing */
  constructor(
    code: TableErrorCode,
    detail?: string,
    { problems = [], cause }: { problems?: readonly TableProblem[]; cause?: unknown } = {},
  ) {
    super([detail ?? TABLE_ERROR_CODES[code], ...problems.map((problem) => `  ${formatProblem(problem)}`)].join('\n'), {
      cause,
    });
    this.name = 'TableError';
    this.code = code;
    this.problems = problems;
  }
}

/** `file:line: field: what was expected (found ...)`. */
export function formatProblem({ file, line, field, message }: TableProblem): string {
  return `${line === 0 ? file : `${file}:${line}`}: ${field === '' ? '' : `${field}: `}${message}`;
}
