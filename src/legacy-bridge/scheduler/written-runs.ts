/**
 * What schedulers have written into `scheduled_job_runs`, rows by ascending id from a mark on, and whose the jobs are. Opened for reading only, for each look
 * anew, so that a file put in place of another is seen. Never waits inside SQLite, which would stop its caller's event loop.
 */
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';

/** A run as it is stored. Columns hold whatever somebody has put there. */
export interface WrittenRun {
  readonly id: number;
  readonly jobId: number;
  readonly host: string;
  /** The occurrence. Epoch seconds, as all times here; null where nothing that reads as one is stored. */
  readonly scheduledAt: number | null;
  /** Null: it was never dispatched. */
  readonly startedAt: number | null;
  readonly createdAt: number | null;
  readonly status: string;
  readonly error: string;
}

export interface JobCounts {
  readonly legacy: number;
  readonly engine: number;
}

/** Whose the jobs are, by the database: it says so whoever is alive. */
export interface JobOwnership {
  readonly counts: JobCounts;
  /** Ids of the engine's jobs. */
  readonly owned: ReadonlySet<number>;
  /** The last minute that the engine's scheduler is through with. Null: it never ticked. */
  readonly lastMinute: number | null;
  /** When the engine was given the first of the jobs that it has; null for none, and where it made all of them itself. */
  readonly ownedSince: number | null;
}

/** Of the engine (docs/decisions/handover-by-triggers.md). */
const OWNERS = 'engine_job_owners';
const SCHEDULER = 'engine_scheduler';

export class WrittenRunsError extends Error {
  readonly code = 'runs_unreadable';

  constructor(file: string, cause: unknown) {
    super(`the runs in ${file} can not be read (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
    this.name = 'WrittenRunsError';
  }
}

const SINCE = `
  SELECT id, job_id AS jobId, CAST(target_hostname AS TEXT) AS host, CAST(scheduled_ts AS INTEGER) AS scheduledAt,
    CAST(started_ts AS INTEGER) AS startedAt, CAST(created_at AS INTEGER) AS createdAt,
    coalesce(CAST(status AS TEXT), '') AS status, coalesce(CAST(error AS TEXT), '') AS error
  FROM scheduled_job_runs WHERE id > ? AND target_hostname IS NOT NULL ORDER BY id LIMIT ?`;
/** Some milliseconds of work; between two pages the caller's event loop goes on. */
const PAGE = 500;
const MOST_TRIES = 5;
const PAUSE_MS = 20;

export class WrittenRuns {
  readonly #file: string;

  /** @param file database.db */
  constructor(file: string) {
    this.#file = file;
  }

  /** Id of the newest run; 0 for none. @throws WrittenRunsError */
  newest(): Promise<number> {
    return this.#read(
      async (database) =>
        (database.prepare('SELECT max(id) FROM scheduled_job_runs').pluck().get() as number | null) ?? 0,
    );
  }

  /** Jobs there are, enabled or not. @throws WrittenRunsError */
  jobs(): Promise<JobOwnership> {
    return this.#read(async (database) => {
      const number = (sql: string) => database.prepare<[], number | null>(sql).pluck().get() ?? null;
      const all = number('SELECT count(*) FROM scheduled_jobs') ?? 0;
      const owned = new Set(ownedIn(database));
      return {
        counts: { engine: owned.size, legacy: all - owned.size },
        owned,
        lastMinute: has(database, SCHEDULER) ? number(`SELECT max(last_minute) FROM ${SCHEDULER}`) : null,
        ownedSince: owned.size === 0 ? null : number(`SELECT min(owned_since) FROM ${OWNERS} WHERE ${OF_A_JOB}`),
      };
    });
  }

  /** Those of the ids that no job has. @param ids decimal @throws WrittenRunsError */
  unknown(ids: readonly string[]): Promise<readonly string[]> {
    return this.#read(async (database) => {
      const find = database.prepare('SELECT count(*) FROM scheduled_jobs WHERE id = ?').pluck();
      return ids.filter((id) => find.get(BigInt(id)) === 0);
    });
  }

  /** Ids of the engine's jobs. @throws WrittenRunsError */
  owned(): Promise<ReadonlySet<number>> {
    return this.#read(async (database) => new Set(ownedIn(database)));
  }

  /**
   * @param mark only runs with a greater id
   * @param most of them; more are not given
   * @throws WrittenRunsError
   */
  since(mark: number, most: number): Promise<readonly WrittenRun[]> {
    return this.#read(async (database) => {
      const page = database.prepare<[number, number], WrittenRun>(SINCE);
      const runs: WrittenRun[] = [];
      for (let last = mark; runs.length < most; ) {
        const rows = page.all(last, Math.min(PAGE, most - runs.length));
        runs.push(...rows);
        const newest = rows.at(-1);
        if (newest === undefined || rows.length < PAGE) break;
        last = newest.id;
        await pause(0);
      }
      return runs;
    });
  }

  async #read<T>(look: (database: Database.Database) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      let database: Database.Database | undefined;
      try {
        database = new Database(this.#file, { readonly: true, fileMustExist: true, timeout: 0 });
        return await look(database);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (!code.startsWith('SQLITE_BUSY') || attempt >= MOST_TRIES) throw new WrittenRunsError(this.#file, error);
      } finally {
        database?.close();
      }
      await pause(PAUSE_MS);
    }
  }
}

const OF_A_JOB = 'job_id IN (SELECT id FROM scheduled_jobs)';

function ownedIn(database: Database.Database): readonly number[] {
  // The engine makes the table when it first opens the file.
  if (!has(database, OWNERS)) return [];
  return database.prepare<[], number>(`SELECT job_id FROM ${OWNERS} WHERE ${OF_A_JOB}`).pluck().all();
}

function has(database: Database.Database, table: string): boolean {
  const find = database.prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?").pluck();
  return find.get(table) !== 0;
}
