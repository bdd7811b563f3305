/** From a file's text to a snapshot, or to every problem that the text has. Reads no file, keeps no state. */
import { createHash } from 'node:crypto';
import { buildTableSnapshot } from './build-table-snapshot.js';
import type { TableProblem } from './migration-table-store.js';
import { describeMissed, missedWithoutRelay } from './missed-without-relay.js';
import { ProblemList } from './problem-list.js';
import { readTable } from './read-table.js';
import type { TableConfig } from './table-config.js';
import { parseTableDocument, type TableDocument } from './table-document.js';
import type { TableSnapshot } from './table-snapshot.js';
import { validateAccess } from './validators/access-validator.js';
import { validateBackground } from './validators/background-validator.js';
import { validateEvents } from './validators/events-validator.js';
import { validateGroups } from './validators/groups-validator.js';
import { validateIds } from './validators/ids-validator.js';
import { validateMatches } from './validators/matches-validator.js';
import { validateRequirements } from './validators/requirements-validator.js';
import { validateStages } from './validators/stages-validator.js';
import type { TableValidator } from './validators/table-validator.js';

const VALIDATORS: readonly TableValidator[] = [
  validateIds,
  validateMatches,
  validateGroups,
  validateEvents,
  validateStages,
  validateRequirements,
  validateBackground,
  validateAccess,
];

/** A table that keeps every rule, in the forms that its users need. */
export interface CheckedTable {
  readonly text: string;
  readonly document: TableDocument;
  readonly config: TableConfig;
  readonly snapshot: TableSnapshot;
}

export type TableCheck =
  | { readonly ok: true; readonly table: CheckedTable }
  | { readonly ok: false; readonly problems: readonly TableProblem[] };

/**
 * @param file how problems name the file
 * @param version number that the snapshot gets
 * @param rules those of this installation, besides the format's own
 */
export function checkTable({
  file,
  text,
  version,
  rules = [],
}: {
  file: string;
  text: string;
  version: number;
  rules?: readonly TableValidator[] | undefined;
}): TableCheck {
  const list = new ProblemList(file);
  const document = parseTableDocument(text, list);
  if (document === undefined) return { ok: false, problems: list.sorted() };
  const config = readTable(document, list);
  for (const validate of [...VALIDATORS, ...rules]) validate(config, list);
  const problems = list.sorted();
  if (problems.length > 0) return { ok: false, problems };
  const snapshot = buildTableSnapshot(config, { version, digest: digestOf(text) });
  const missed = missedWithoutRelay(snapshot);
  const { relay } = config.sockets ?? {};
  if (missed.length > 0 && relay !== undefined) {
    list.add(relay, `expected no false here yet: ${describeMissed(missed)}`);
    return { ok: false, problems: list.sorted() };
  }
  return { ok: true, table: { text, document, config, snapshot } };
}

/** SHA-256 of a table's text, hex. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
