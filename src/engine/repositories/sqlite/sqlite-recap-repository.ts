/** `ansible_play_recaps` in SQLite. Rows are read cell by cell: their numbers have 64 bits. */

import { parseJson } from '../../../legacy-bridge/values/parse-json.js';
import { trimmed } from '../../../legacy-bridge/values/python-text.js';
import type { PythonValue } from '../../../legacy-bridge/values/python-value.js';
import type { ListedRecap, Recap, RecapFields } from '../../domain/recap.js';
import type { RecapRepository } from '../recap-repository.js';
import { integerCell, textCell } from './cells.js';
import type { SqliteConnection, SqlValue } from './sqlite-connection.js';

/** In the order in which `listedOf` takes them. */
const LISTED = 'id, run_id, hostname, playbook_name, status, created_at, updated_at, started_ts, finished_ts';
/** What `recapOf` takes besides. */
const COLUMNS = `${LISTED}, agent_id, playbook_path, scheduled_job_id, scheduled_run_id, activity_job_id, recap_text, recap_json`;
const TABLE = 'ansible_play_recaps';
const LAST_CHANGED = 'ORDER BY COALESCE(updated_at, created_at) DESC, id DESC LIMIT ?';
const FIND = `SELECT ${COLUMNS} FROM ${TABLE} WHERE id = ?`;
const FIND_BY_RUN = `SELECT ${COLUMNS} FROM ${TABLE} WHERE run_id = ?`;
const FIND_BY_ACTIVITY = `SELECT ${COLUMNS} FROM ${TABLE} WHERE activity_job_id = ? ${LAST_CHANGED}`;
const LIST = `SELECT ${LISTED} FROM ${TABLE} ${LAST_CHANGED}`;
const LIST_OF_HOST = `SELECT ${LISTED} FROM ${TABLE} WHERE hostname = ? ${LAST_CHANGED}`;

/** Columns by field, in the order in which they are written. */
const WRITTEN: Readonly<Record<Exclude<keyof RecapFields, 'runId'>, string>> = {
  hostname: 'hostname',
  agentId: 'agent_id',
  playbookPath: 'playbook_path',
  playbookName: 'playbook_name',
  scheduledJobId: 'scheduled_job_id',
  scheduledRunId: 'scheduled_run_id',
  activityId: 'activity_job_id',
  status: 'status',
  recapText: 'recap_text',
  recapJson: 'recap_json',
  startedAt: 'started_ts',
  finishedAt: 'finished_ts',
};
const FIELDS = Object.keys(WRITTEN) as (keyof typeof WRITTEN)[];
const NAMES = Object.values(WRITTEN);
const UPDATE = `
  UPDATE ${TABLE} SET ${NAMES.map((name) => `${name} = COALESCE(?, ${name})`).join(', ')}, updated_at = ?
  WHERE run_id = ?`;
const INSERT = `
  INSERT INTO ${TABLE} (${NAMES.join(', ')}, updated_at, run_id, created_at)
  VALUES (${NAMES.map(() => '?').join(', ')}, ?, ?, ?)`;

export class SqliteRecapRepository implements RecapRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async find(id: bigint): Promise<Recap | undefined> {
    return this.#one(FIND, id);
  }

  async findByRunId(runId: string): Promise<Recap | undefined> {
    return this.#one(FIND_BY_RUN, runId);
  }

  async findByActivity(activityId: bigint): Promise<Recap | undefined> {
    return this.#one(FIND_BY_ACTIVITY, activityId, 1n);
  }

  async list(hostname: string | undefined, most: bigint): Promise<readonly ListedRecap[]> {
    const cells =
      hostname === undefined
        ? this.#connection.cells(LIST, most)
        : this.#connection.cells(LIST_OF_HOST, hostname, most);
    return cells.map(listedOf);
  }

  async store(fields: RecapFields, now: bigint): Promise<void> {
    const values = [...FIELDS.map((field) => fields[field]), now, fields.runId];
    // Not an upsert: one that meets its row would use up an id all the same.
    if (this.#connection.run(UPDATE, ...values) === 0) this.#connection.run(INSERT, ...values, now);
  }

  #one(sql: string, ...values: SqlValue[]): Recap | undefined {
    const [cells] = this.#connection.cells(sql, ...values);
    return cells === undefined ? undefined : recapOf(cells);
  }
}

function listedOf(cells: readonly SqlValue[]): ListedRecap {
  const [id, runId, hostname, playbookName, status, createdAt, updatedAt, startedAt, finishedAt] = cells;
  return {
    id: integerCell(id) ?? 0n,
    runId: textCell(runId),
    hostname: textCell(hostname),
    playbookName: textCell(playbookName),
    status: textCell(status),
    createdAt: integerCell(createdAt),
    updatedAt: integerCell(updatedAt),
    startedAt: integerCell(startedAt),
    finishedAt: integerCell(finishedAt),
  };
}

function recapOf(cells: readonly SqlValue[]): Recap {
  const [agentId, playbookPath, scheduledJobId, scheduledRunId, activityId, recapText, recapJson] = cells.slice(9);
  return {
    ...listedOf(cells),
    agentId: textCell(agentId),
    playbookPath: textCell(playbookPath),
    scheduledJobId: integerCell(scheduledJobId),
    scheduledRunId: integerCell(scheduledRunId),
    activityId: integerCell(activityId),
    recapText: textCell(recapText),
    recapJson: jsonCell(recapJson),
  };
}

/** What is no JSON harms the one field alone (F14). */
function jsonCell(cell: SqlValue | undefined): PythonValue {
  const stored = textCell(cell);
  return trimmed(stored) === '' ? null : (parseJson(Buffer.from(stored)) ?? null);
}
