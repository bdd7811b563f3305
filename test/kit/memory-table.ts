import { type CheckedTable, checkTable, digestOf } from '../../src/facade/table/check-table.js';
import { editTable } from '../../src/facade/table/edit-table.js';
import { lineDiff } from '../../src/facade/table/line-diff.js';
import type { MigrationTableStore, TableVersion } from '../../src/facade/table/migration-table-store.js';
import { checkReason, planFlip } from '../../src/facade/table/plan-flip.js';
import { stageChanges } from '../../src/facade/table/stage-changes.js';
import { TableError } from '../../src/facade/table/table-error.js';

type Kept = TableVersion & { readonly text: string };

/** The real rules of the migration table, without a file and a database: for tests of parts that only use it. */
export function memoryTable(
  text: string,
): Pick<MigrationTableStore, 'current' | 'rejected' | 'flip' | 'preview' | 'rollback' | 'versions'> & {
  reject(problems: string): void;
} {
  let table = checked(text, 1);
  let rejected: ReturnType<MigrationTableStore['rejected']>;
  const kept: Kept[] = [entry(undefined, table, { cause: 'start', who: 'test', why: 'start' })];
  const enter = (next: CheckedTable, cause: 'flip' | 'rollback', by: { who: string; why: string }): TableVersion => {
    kept.unshift(entry(table, next, { cause, who: by.who, why: by.why }));
    table = next;
    const { text: _, ...version } = kept[0] as Kept;
    return version;
  };
  const planned = (request: Parameters<MigrationTableStore['flip']>[0]) =>
    checked(editTable(table, planFlip(table, request)), table.snapshot.version + 1);
  return {
    current: () => table.snapshot,
    rejected: () => rejected,
    reject: (message) => {
      rejected = {
        since: '2026-01-01T00:00:00.000Z',
        problems: [{ file: 'table.yaml', line: 3, field: 'x', message }],
      };
    },
    flip: async (request) => enter(planned(request), 'flip', request),
    preview: (request) => {
      const next = planned(request);
      return { changes: stageChanges(table.snapshot, next.snapshot), diff: lineDiff(table.text, next.text) };
    },
    rollback: async (request) => {
      checkReason(request);
      const to = request.to ?? table.snapshot.version - 1;
      const found = kept.find(({ version }) => version === to);
      if (found === undefined) throw new TableError('unknown_version');
      return enter(checked(found.text, table.snapshot.version + 1), 'rollback', request);
    },
    versions: (limit) => kept.slice(0, limit).map(({ text: _, ...version }) => version),
  };
}

function checked(text: string, version: number): CheckedTable {
  const check = checkTable({ file: 'table.yaml', text, version });
  if (!check.ok) throw new TableError('table_invalid', undefined, { problems: check.problems });
  return check.table;
}

function entry(
  before: CheckedTable | undefined,
  after: CheckedTable,
  by: Pick<TableVersion, 'cause' | 'who' | 'why'>,
): Kept {
  return {
    ...by,
    version: after.snapshot.version,
    at: '2026-01-01T00:00:00.000Z',
    changes: stageChanges(before?.snapshot, after.snapshot),
    diff: lineDiff(before?.text ?? '', after.text),
    digest: digestOf(after.text),
    text: after.text,
  };
}
