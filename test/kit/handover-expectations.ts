/**
 * What a lone scheduler would begin in a tick, from the tables as they are: the legacy its jobs, by its own reading, and the engine those
 * that are its own, by the rules as they are meant.
 */
import type Database from 'better-sqlite3';
import type { Expected } from './handover-ledger.js';
import type { HistoryClock } from './history-clock.js';
import type { LegacyJob, LegacyScheduler } from './legacy-scheduler.js';
import { minuteOf, type NextRunsByCalendar } from './next-runs-by-calendar.js';

export interface ExpectationParts {
  readonly raw: Database.Database;
  readonly legacy: Pick<LegacyScheduler, 'due' | 'jobs' | 'latest' | 'waiting'>;
  readonly nextRuns: NextRunsByCalendar;
  readonly clock: HistoryClock;
  /** As operators last said. */
  readonly isEnabled: (job: number) => boolean;
}

const JOB = 'SELECT id, targets_json, schedule_type, start_ts, created_at FROM scheduled_jobs WHERE id = ?';
const BEFORE = 'SELECT MAX(scheduled_ts) FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts < ?';
const HAS_BEGUN = 'SELECT 1 FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts = ?';
const IS_SEEN_AHEAD = `
  SELECT 1 FROM engine_scheduler LEFT JOIN engine_job_owners ON job_id = ?
  WHERE MAX(COALESCE(last_minute, 0), CASE is_new WHEN 1 THEN COALESCE(owned_since, 0) ELSE 0 END, COALESCE(behind_since, 0)) >= ? + 60`;
const OWNED = 'SELECT job_id FROM engine_job_owners';
const IS_OWNED = 'SELECT 1 FROM engine_job_owners WHERE job_id = ?';

export class HandoverExpectations {
  readonly #parts: ExpectationParts;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(parts: ExpectationParts) {
    this.#parts = parts;
  }

  isOwned(job: number): boolean {
    return this.#prepared(IS_OWNED).get(job) !== undefined;
  }

  /** All jobs of the engine. */
  owned(): readonly number[] {
    return this.#prepared(OWNED).pluck().all() as number[];
  }

  /** Of a tick that comes now, on hosts that are always online. @param ownedOnly the legacy is dead */
  now(ownedOnly = false): Expected[] {
    const { legacy, clock, isEnabled } = this.#parts;
    const found: Expected[] = [];
    for (const job of legacy.jobs()) {
      const isOwned = this.isOwned(job.id);
      if (!isEnabled(job.id) || (ownedOnly && !isOwned)) continue;
      const [byLegacy, byEngine] = [legacy.due(job, clock.second), this.#dueByEngine(job)];
      const occurrence = isOwned ? byEngine : byLegacy;
      if (occurrence === undefined) continue;
      const at = clock.elapsed - (clock.now - clock.minute);
      const isSeenAhead = this.#prepared(IS_SEEN_AHEAD).get(job.id, clock.minute) !== undefined;
      for (const host of legacy.waiting(job, occurrence))
        if (host !== 'B')
          found.push({
            ...{ job: job.id, host, occurrence, minute: clock.minute, at },
            ...{ isOwned, isEngines: byEngine === occurrence, isSeenAhead, excused: false },
          });
    }
    return found;
  }

  /**
   * Before the engine begins a run: whether the rules let an occurrence begin then, where it is the first run of it.
   * @returns what they say instead; undefined when all is well
   */
  otherThanMeant(id: number, occurrence: number): string | undefined {
    const job = this.#prepared(JOB).get(id) as LegacyJob | undefined;
    if (job === undefined || this.#prepared(HAS_BEGUN).get(id, occurrence) !== undefined) return undefined;
    const last = (this.#prepared(BEFORE).pluck().get(id, occurrence) as number | null) ?? undefined;
    if (last === undefined && firstOf(job) === occurrence) return undefined;
    const meant = this.#parts.nextRuns.meant(scheduleOf(job), last, occurrence);
    return meant === occurrence ? undefined : `${meant} after ${last}`;
  }

  #dueByEngine(job: LegacyJob): number | undefined {
    const { legacy, nextRuns, clock } = this.#parts;
    const last = legacy.latest(job.id);
    if (nextRuns.meant(scheduleOf(job), last, clock.minute) === clock.minute) return clock.minute;
    const standing = legacy.due(job, clock.second);
    return last === undefined || standing === last ? standing : undefined;
  }

  #prepared(sql: string): Database.Statement {
    const known = this.#statements.get(sql) ?? this.#parts.raw.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

function firstOf({ schedule_type: type, start_ts: start, created_at: created }: LegacyJob): number {
  return minuteOf((type === 'immediately' ? created : start) ?? 0);
}

function scheduleOf({ schedule_type: type, start_ts: start }: LegacyJob): { type: string; start: number } {
  return { type, start: minuteOf(start ?? 0) };
}
