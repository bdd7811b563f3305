/** Owners of scheduled jobs in SQLite. What holds them there for both sides is `scheduler-schema.ts`. */
import type { SchedulerWish } from '../../../legacy-bridge/scheduler/scheduler-protocol.js';
import type { JobOwnerRepository, Looked, SchedulerRow, Taken } from '../job-owner-repository.js';
import { integerCell, textCell } from './cells.js';
import { whileAtWork } from './engine-at-work.js';
import {
  createSchedulerTables,
  dropOwnershipTriggers,
  ensureOwnershipTriggers,
  hasJobOwners,
} from './scheduler-schema.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { forgetEnded, waitForNothing, waitForTaken, waitNoMore } from './waiting-activities.js';

const FIND = 'SELECT owner, last_minute, (SELECT COUNT(*) FROM engine_job_owners) FROM engine_scheduler';
const LIST_OWNED = `
  SELECT job_id FROM engine_job_owners WHERE job_id IN (SELECT id FROM scheduled_jobs) ORDER BY job_id`;
const SET_OWNER = 'UPDATE engine_scheduler SET owner = ? WHERE owner <> ?';
const LIST_NEW = 'SELECT job_id FROM engine_job_owners WHERE is_new = 1';
const SET_LAST_MINUTE = 'UPDATE engine_scheduler SET last_minute = ?';
const NO_LONGER_NEW = `
  UPDATE engine_job_owners SET is_new = 0 WHERE is_new = 1 AND job_id IN (SELECT value FROM json_each(?))`;
const NO_LONGER_BEHIND = 'UPDATE engine_job_owners SET behind_since = NULL WHERE behind_since IS NOT NULL';
const SET_BEHIND = 'UPDATE engine_job_owners SET behind_since = ? WHERE job_id = ?';
const IS_OVERDUE = 'SELECT 1 FROM engine_job_owners WHERE pending_since <= ? LIMIT 1';
const NOTE_STUCK = 'UPDATE engine_scheduler SET stuck_ticks = COALESCE(stuck_ticks, 0) + 1';
const NO_LONGER_STUCK = 'UPDATE engine_scheduler SET stuck_ticks = NULL WHERE stuck_ticks IS NOT NULL';
const LIST_STUCK = `
  SELECT job_id FROM engine_job_owners, engine_scheduler
  WHERE pending_since <= ? AND (stuck_ticks >= 3 OR last_minute >= pending_since + 120)
    AND job_id IN (SELECT id FROM scheduled_jobs) ORDER BY job_id`;
/** Values as those of `TAKE`, from the second one on. */
const WISHED = '(? AND job_id NOT IN (SELECT value FROM json_each(?)) OR job_id IN (SELECT value FROM json_each(?)))';
const SET_PENDING = `UPDATE engine_job_owners SET pending_since = ? WHERE pending_since IS NULL AND NOT ${WISHED}`;
const NO_LONGER_PENDING = `UPDATE engine_job_owners SET pending_since = NULL WHERE pending_since IS NOT NULL AND ${WISHED}`;
const SET_GONE = `
  UPDATE engine_job_owners SET gone_since = ? WHERE gone_since IS NULL AND job_id NOT IN (SELECT id FROM scheduled_jobs)`;
const NO_LONGER_GONE = `
  UPDATE engine_job_owners SET gone_since = NULL
  WHERE gone_since IS NOT NULL AND job_id IN (SELECT id FROM scheduled_jobs)`;
const FORGET_GONE = 'DELETE FROM engine_job_owners WHERE gone_since < ?';
/** For how long the owner of a job that is missing is kept: who makes the table anew may take his time. */
const KEPT_SECONDS = 86_400n;
const KEEP_STRAYS = `
  UPDATE engine_job_owners SET enabled = (SELECT enabled FROM scheduled_jobs WHERE id = job_id)
  WHERE job_id IN (SELECT id FROM scheduled_jobs WHERE enabled IS NOT 0)`;
/** Values: when, whether all are meant, ids of jobs that are then left out, ids of jobs that are meant anyhow. */
const TAKE = `
  INSERT INTO engine_job_owners (job_id, enabled, owned_since, is_new)
  SELECT id, enabled, ?, 1 FROM scheduled_jobs
  WHERE id NOT IN (SELECT job_id FROM engine_job_owners)
    AND (? AND id NOT IN (SELECT value FROM json_each(?)) OR id IN (SELECT value FROM json_each(?)))`;
const CLEAR = `
  UPDATE scheduled_jobs SET enabled = 0 WHERE enabled IS NOT 0 AND id IN (SELECT job_id FROM engine_job_owners)`;
const RESTORE = `
  UPDATE scheduled_jobs SET enabled = (SELECT enabled FROM engine_job_owners WHERE job_id = id)
  WHERE id IN (SELECT job_id FROM engine_job_owners WHERE job_id IN (SELECT value FROM json_each(?)))`;
/** One that is missing has nothing yet to be restored to. */
const FORGET = `
  DELETE FROM engine_job_owners
  WHERE job_id IN (SELECT value FROM json_each(?)) AND job_id IN (SELECT id FROM scheduled_jobs)`;

export class SqliteJobOwnerRepository implements JobOwnerRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async find(): Promise<SchedulerRow> {
    return this.#find();
  }

  #find(): SchedulerRow {
    if (!hasJobOwners(this.#connection)) return { owner: 'legacy', lastMinute: null, ownedJobs: 0 };
    const [[owner, lastMinute, count] = []] = this.#connection.cells(FIND);
    return {
      owner: textCell(owner) === 'engine' ? 'engine' : 'legacy',
      lastMinute: integerCell(lastMinute),
      ownedJobs: Number(count ?? 0),
    };
  }

  async listOwned(): Promise<readonly bigint[]> {
    if (!hasJobOwners(this.#connection)) return [];
    return this.#connection.cells(LIST_OWNED).map(([id]) => integerCell(id) ?? 0n);
  }

  async take(wish: SchedulerWish, now: bigint): Promise<Taken> {
    const named = Object.entries(wish.jobs);
    const given = idsOf(named.filter(([, owner]) => owner === 'engine'));
    const kept = idsOf(named.filter(([, owner]) => owner === 'legacy'));
    const { owner, ownedJobs } = this.#find();
    const isAnyWished = wish.owner === 'engine' || given !== '[]';
    if (!isAnyWished && owner === 'legacy' && ownedJobs === 0) return { jobs: 0, triggers: [], strays: 0, gone: 0 };
    createSchedulerTables(this.#connection);
    const triggers = ensureOwnershipTriggers(this.#connection);
    this.#connection.run(SET_OWNER, wish.owner, wish.owner);
    const taken = whileAtWork(this.#connection, () => {
      this.#connection.run(NO_LONGER_GONE);
      const gone = this.#connection.run(SET_GONE, now);
      this.#connection.run(FORGET_GONE, now - KEPT_SECONDS);
      const strays = this.#connection.run(KEEP_STRAYS);
      const jobs = this.#connection.run(TAKE, now, Number(wish.owner === 'engine'), kept, given);
      this.#connection.run(CLEAR);
      if (jobs > 0) waitForTaken(this.#connection);
      else if (triggers.length > 0) forgetEnded(this.#connection);
      const wished = [Number(wish.owner === 'engine'), kept, given];
      this.#connection.run(NO_LONGER_PENDING, ...wished);
      this.#connection.run(SET_PENDING, now, ...wished);
      return { jobs, triggers, strays, gone };
    });
    this.#dropUnneededTriggers();
    return taken;
  }

  async handBack(jobIds: readonly bigint[]): Promise<number> {
    if (!hasJobOwners(this.#connection)) return 0;
    const ids = `[${jobIds.join()}]`;
    const count = whileAtWork(this.#connection, () => {
      this.#connection.run(RESTORE, ids);
      waitNoMore(this.#connection, ids);
      return this.#connection.run(FORGET, ids);
    });
    this.#dropUnneededTriggers();
    return count;
  }

  #dropUnneededTriggers(): void {
    const { owner, ownedJobs } = this.#find();
    if (owner === 'engine' || ownedJobs > 0) return;
    dropOwnershipTriggers(this.#connection);
    waitForNothing(this.#connection);
  }

  async listNew(): Promise<readonly bigint[]> {
    if (!hasJobOwners(this.#connection)) return [];
    return this.#connection.cells(LIST_NEW).map(([id]) => integerCell(id) ?? 0n);
  }

  async isOverdue(since: bigint): Promise<boolean> {
    return hasJobOwners(this.#connection) && this.#connection.get(IS_OVERDUE, since) !== undefined;
  }

  async listStuck(since: bigint): Promise<readonly bigint[]> {
    this.#connection.run(NOTE_STUCK);
    return this.#connection.cells(LIST_STUCK, since).map(([id]) => integerCell(id) ?? 0n);
  }

  async ticked({ minute, jobIds, behind }: Looked): Promise<void> {
    this.#connection.run(SET_LAST_MINUTE, minute);
    this.#connection.run(NO_LONGER_STUCK);
    this.#connection.run(NO_LONGER_BEHIND);
    for (const [id, since] of behind) this.#connection.run(SET_BEHIND, since, id);
    if (jobIds.length > 0) this.#connection.run(NO_LONGER_NEW, `[${jobIds.join()}]`);
  }
}

/** As a JSON list. Texts that are no number of 64 bits name no job. */
function idsOf(named: readonly (readonly [string, unknown])[]): string {
  return `[${named
    .map(([id]) => id)
    .filter((id) => /^\d{1,18}$/.test(id))
    .map(BigInt)
    .join()}]`;
}
