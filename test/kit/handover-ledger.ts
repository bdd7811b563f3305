/** What happened in a history of two schedulers, and what of it should not have. Moments are on a clock that nobody sets, in seconds. */
import type Database from 'better-sqlite3';

export interface Told {
  readonly job: number;
  readonly host: string;
  /** Epoch seconds. */
  readonly occurrence: number;
}

/** A run that a lone scheduler would have begun. */
export interface Expected extends Told {
  /** Of the tick, in epoch seconds. */
  readonly minute: number;
  /** When that minute began. */
  readonly at: number;
  readonly isOwned: boolean;
  /** Whether the engine would begin it too, were the job its own. */
  readonly isEngines: boolean;
  /** Whether the engine has seen later minutes than this: the clock was set back. */
  readonly isSeenAhead: boolean;
  /** That scheduler died in this very tick, or could not write. */
  excused: boolean;
}

/** One that came to its end. */
export interface EngineTick {
  readonly began: number;
  readonly ended: number;
  /** That it ticked for, in epoch seconds. */
  readonly minute: number;
  /** Jobs that it looked at. */
  readonly looked: readonly number[];
}

/** For how long an engine that was dead makes up for what it missed. */
const WINDOW = 240;
/** The same where the clock was set back to before what it saw last: it makes up for nothing. */
const WINDOW_AFTER_SET_BACK = 60;
const FIRST_START_GRACE = 300;

const SERVED = `
  SELECT 1 FROM scheduled_job_runs
  WHERE job_id = ? AND target_hostname = ? AND scheduled_ts BETWEEN ? AND ?`;
const MEANT = `
  SELECT j.enabled AS shown, CASE WHEN o.job_id IS NULL THEN j.enabled ELSE o.enabled END AS meant, o.job_id AS owned
  FROM scheduled_jobs j LEFT JOIN engine_job_owners o ON o.job_id = j.id WHERE j.id = ?`;

export class HandoverLedger {
  readonly #expected: Expected[] = [];
  readonly engineKills: number[] = [];
  readonly engineTakes: { readonly job: number; readonly at: number }[] = [];
  readonly engineTicks: EngineTick[] = [];
  readonly edits: { readonly job: number; readonly at: number }[] = [];
  /** What may make anybody miss something: a clock that was set, a hand-back without an engine. */
  readonly excuses: number[] = [];
  readonly #told = new Map<string, string>();
  readonly #wrong: string[] = [];

  blame(what: string): void {
    this.#wrong.push(what);
  }

  /** An agent was sent a run. */
  told(side: string, { job, host, occurrence }: Told): void {
    const key = `${job} ${host} ${occurrence}`;
    const before = this.#told.get(key);
    if (before !== undefined)
      this.blame(`job ${job} was sent to ${host} twice for ${occurrence}: by ${before} and ${side}`);
    this.#told.set(key, side);
  }

  /** The legacy's tick is over. What only it reads so is nobody's, if the job may have been taken under its hands. */
  legacyTicked(
    expected: readonly Expected[],
    outcome: 'done' | 'killed' | 'gave_up',
    isOwned: (job: number) => boolean,
  ): void {
    for (const one of expected) {
      const wasTaken = this.engineTakes.some(({ job, at }) => job === one.job && at >= one.at - 1);
      if (outcome === 'killed' || (outcome === 'gave_up' && !isOwned(one.job))) one.excused = true;
      if (!one.isOwned && !one.isEngines && wasTaken) one.excused = true;
    }
  }

  expect(expected: readonly Expected[]): void {
    this.#expected.push(...expected);
  }

  /** What was expected so far is served by now, or missed: those who might have made up for it had their time. */
  settle(db: Database.Database): void {
    for (const expected of this.#expected.splice(0)) {
      const { job, host, occurrence, minute } = expected;
      if (this.#isExcused(expected)) continue;
      if (db.prepare(SERVED).get(job, host, occurrence, Math.max(occurrence, minute)) === undefined)
        this.blame(`job ${job} missed ${host} for ${occurrence}`);
    }
  }

  /** @param enabled by job, as operators last said @returns what was wrong, in words */
  judge(db: Database.Database, enabled: ReadonlyMap<number, boolean>): readonly string[] {
    this.settle(db);
    for (const [job, said] of enabled) {
      const row = db.prepare(MEANT).get(job) as { shown: number; meant: number; owned: number | null };
      if (row.meant !== Number(said)) this.blame(`job ${job} is ${row.meant} where operators said ${said}`);
      if (row.owned !== null && row.shown !== 0) this.blame(`job ${job} is the engine's, and shows to the legacy`);
    }
    return this.#wrong;
  }

  /** What nobody can be blamed for: an edit, a clock that was set, an engine that was dead for as long as it could make up for it. */
  #isExcused({ job, occurrence, minute, at, isOwned, isSeenAhead, excused }: Expected): boolean {
    const isNear = (moment: number): boolean => moment >= at - 1 && moment <= at + WINDOW + 60;
    if (excused || this.excuses.some(isNear)) return true;
    if (this.edits.some((edit) => edit.job === job && isNear(edit.at))) return true;
    const window = isSeenAhead ? WINDOW_AFTER_SET_BACK : WINDOW;
    const latest = at + Math.min(window, FIRST_START_GRACE - (minute - occurrence)) - 5;
    const killed = Math.max(at - 1, ...this.engineKills.filter((kill) => kill <= latest));
    const wasLookedAt = this.engineTicks.some(
      (tick) => tick.began >= killed && tick.ended <= latest && tick.minute >= minute && tick.looked.includes(job),
    );
    if (wasLookedAt) return false;
    return isOwned || this.engineTakes.some((take) => take.job === job && isNear(take.at));
  }
}
