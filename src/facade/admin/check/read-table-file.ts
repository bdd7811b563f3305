/** The migration table as its file has it now, without a running facade. */
import { checkTable, type TableCheck } from '../../table/check-table.js';
import { TableError } from '../../table/table-error.js';
import { readSettled } from '../../table/table-file.js';
import type { TableValidator } from '../../table/validators/table-validator.js';

/** The number that stands for "not in force": versions count from 1. */
const NO_VERSION = 0;

/**
 * @param rules those of this installation, besides the format's own
 * @returns the table, or all its problems; a file that can't be read is a problem of its own
 */
export async function readTableFile(file: string, rules: readonly TableValidator[] = []): Promise<TableCheck> {
  try {
    const { text } = await readSettled(file);
    return checkTable({ file, rules, text, version: NO_VERSION });
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    return { ok: false, problems: [{ file, line: 0, field: '', message: error.message }] };
  }
}
