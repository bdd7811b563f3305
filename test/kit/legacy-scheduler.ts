/**
 * The legacy's scheduler by its contract (scheduler.md 7), as far as the handover needs it: a model of its own, which shares nothing with
 * the engine. Each statement is one step, a run is committed before its agent is told, and a fault inside a job is swallowed.
 */
import Database from 'better-sqlite3';
import { isBusy } from '../../src/engine/repositories/sqlite/retry-while-busy.js';
import { minuteOf, type NextRunsByCalendar, nextRunsIn } from './next-runs-by-calendar.js';

export interface LegacySchedulerOptions {
  readonly file: string;
  /** Of its process, by name. Default: UTC. */
  readonly zone?: string;
  /** Epoch seconds. */
  readonly now: () => number;
  readonly online: () => ReadonlySet<string>;
  /** Waits until the next statement may run. Rejects when the process is killed there. @param wasBusy another holds the lock */
  readonly gate: (wasBusy: boolean) => Promise<void>;
  /** What ends a run by the clock, in place of a plain statement. */
  readonly closeRun?: (db: Database.Database, runId: number, close: () => void) => void;
  /** What writes a run, in place of a plain statement. */
  readonly writeRun?: (db: Database.Database, write: () => number) => number;
  /** A statement waited for the lock in vain: what it was for is not done. */
  readonly gaveUp?: () => void;
  /** A run was committed. */
  readonly wrote?: (jobId: number) => void;
  /** An agent is told. */
  readonly tell: (jobId: number, host: string, occurrence: number) => void;
}

export interface LegacyJob {
  readonly id: number;
  readonly targets_json: string;
  readonly schedule_type: string;
  readonly start_ts: number | null;
  readonly created_at: number | null;
}

const GRACE = 300;
/** For how long a statement waits for the lock (operators 1.4). */
const BUSY_SECONDS = 5;
const JOBS = 'SELECT id, targets_json, schedule_type, start_ts, created_at FROM scheduled_jobs';
const LATEST = 'SELECT MAX(scheduled_ts) AS at FROM scheduled_job_runs WHERE job_id = ?';
const INSERT_RUN = `
  INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, started_ts, created_at, updated_at, status)
  VALUES (?, ?, ?, ?, ?, ?, 'Running')`;
/** What the tick's clock has not ended yet, it would have. */
const COUNT_ENDED = `
  SELECT COUNT(DISTINCT target_hostname) AS count FROM scheduled_job_runs
  WHERE job_id = ? AND scheduled_ts = ?
    AND (status IN ('Success', 'Expired', 'Timed Out') OR status = 'Running' AND started_ts + 30 <= ?)`;
const CLOSE_RUN = "UPDATE scheduled_job_runs SET status = 'Success', finished_ts = ?, updated_at = ? WHERE id = ?";
const INSERT_ACTIVITY = "INSERT INTO activity_history (hostname, ran_at, status) VALUES (?, ?, 'Running')";

export class LegacyScheduler {
  readonly #options: LegacySchedulerOptions;
  readonly #db: Database.Database;
  readonly #nextRuns: NextRunsByCalendar;

  constructor(options: LegacySchedulerOptions) {
    this.#options = options;
    this.#nextRuns = nextRunsIn(options.zone ?? 'UTC');
    this.#db = new Database(options.file, { timeout: 0 });
    this.#db.pragma('foreign_keys = OFF');
  }

  /** As the legacy's own connection: for edits through its routes. */
  get db(): Database.Database {
    return this.#db;
  }

  close(): void {
    this.#db.close();
  }

  async tick(): Promise<void> {
    const now = this.#options.now();
    const running = await this.step(() =>
      this.#all<{ id: number }>(
        "SELECT id FROM scheduled_job_runs WHERE status = 'Running' AND started_ts + 30 <= ?",
        now,
      ),
    );
    const { closeRun = (_db: Database.Database, _id: number, plain: () => void) => plain() } = this.#options;
    for (const { id } of running)
      await this.step(() => closeRun(this.#db, id, () => this.#run(CLOSE_RUN, now, now, id)));
    const jobs = await this.step(() => this.#all<LegacyJob>(`${JOBS} WHERE enabled = 1 ORDER BY id`));
    for (const job of jobs) {
      try {
        await this.#serve(job, now);
      } catch (error) {
        if (!(error instanceof Database.SqliteError)) throw error;
      }
    }
  }

  /** All of them, enabled or not. */
  jobs(): readonly LegacyJob[] {
    return this.#all<LegacyJob>(`${JOBS} ORDER BY id`);
  }

  /** The latest occurrence of a job that has a run. */
  latest(jobId: number): number | undefined {
    return this.#get<{ at: number | null }>(LATEST, jobId)?.at || undefined;
  }

  /** What a tick now would begin, if the job were the legacy's: the occurrence, from the tables as they are. */
  due(job: LegacyJob, now: number): number | undefined {
    const minute = minuteOf(now);
    const last = this.latest(job.id);
    if (last === undefined) {
      const first = minuteOf(job.schedule_type === 'immediately' ? job.created_at || now : (job.start_ts ?? minute));
      return first <= minute && minute - first <= GRACE ? first : undefined;
    }
    const ended = this.#get<{ count: number }>(COUNT_ENDED, job.id, last, now);
    if ((ended?.count ?? 0) < Math.max(1, hostsOf(job).length)) return last;
    if (job.start_ts === null) return undefined;
    const schedule = { type: job.schedule_type, start: minuteOf(job.start_ts) };
    return this.#nextRuns.legacy(schedule, last, minute) === minute ? minute : undefined;
  }

  /** Hosts that a tick now would send the occurrence to. */
  waiting(job: LegacyJob, occurrence: number): readonly string[] {
    return hostsOf(job).filter((host) => this.#options.online().has(host) && !this.#hasRun(job.id, host, occurrence));
  }

  async #serve(job: LegacyJob, now: number): Promise<void> {
    const occurrence = await this.step(() => this.due(job, now));
    if (occurrence === undefined) return;
    for (const host of hostsOf(job)) {
      if (await this.step(() => this.#hasRun(job.id, host, occurrence))) continue;
      if (this.#options.online().has(host)) await this.#dispatch(job.id, host, occurrence);
    }
  }

  async #dispatch(jobId: number, host: string, occurrence: number): Promise<void> {
    const now = this.#options.now();
    const write = (): number =>
      Number(this.#prepared(INSERT_RUN).run(jobId, host, occurrence, now, now, now).lastInsertRowid);
    const { writeRun = (_db: Database.Database, plain: () => number) => plain() } = this.#options;
    const runId = await this.step(() => {
      const id = writeRun(this.#db, write);
      this.#options.wrote?.(jobId);
      return id;
    });
    const activityId = await this.step(() => Number(this.#prepared(INSERT_ACTIVITY).run(host, now).lastInsertRowid));
    this.#options.tell(jobId, host, occurrence);
    await this.step(() =>
      this.#run('INSERT INTO scheduled_job_run_activity (run_id, activity_id) VALUES (?, ?)', runId, activityId),
    );
  }

  /** One statement, when it is its turn and no other process holds the lock. @throws SqliteError also when one held it for too long */
  async step<T>(statement: () => T): Promise<T> {
    const since = this.#options.now();
    for (let wasBusy = false; ; wasBusy = true) {
      await this.#options.gate(wasBusy);
      try {
        return statement();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (this.#options.now() - since < BUSY_SECONDS) continue;
        this.#options.gaveUp?.();
        throw error;
      }
    }
  }

  #hasRun(jobId: number, host: string, occurrence: number): boolean {
    const sql = 'SELECT 1 FROM scheduled_job_runs WHERE job_id = ? AND target_hostname = ? AND scheduled_ts = ?';
    return this.#get(sql, jobId, host, occurrence) !== undefined;
  }

  readonly #statements = new Map<string, Database.Statement>();

  #prepared(sql: string): Database.Statement {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #all<Row>(sql: string, ...values: unknown[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[];
  }

  #get<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined;
  }

  #run(sql: string, ...values: unknown[]): void {
    this.#prepared(sql).run(...values);
  }
}

function hostsOf({ targets_json: targets }: Pick<LegacyJob, 'targets_json'>): readonly string[] {
  return JSON.parse(targets) as string[];
}
