/** What may be broken on purpose in histories of two schedulers, to see that it would be noticed. */
import type Database from 'better-sqlite3';

export const PLANTS = [
  /** The legacy writes runs of jobs that are the engine's. */
  'no_run_trigger',
  /** The legacy may write a second run of an occurrence. */
  'no_once_trigger',
  /** The legacy's clock ends runs of the engine. */
  'no_clock_trigger',
  /** Jobs that are made while all are the engine's are the legacy's. */
  'no_made_trigger',
  /** The engine begins runs of jobs that went back meanwhile. */
  'no_ownership_check',
  /** Jobs go back as soon as they are wished to, whether their minute was served or not. */
  'early_hand_back',
  /** Jobs go back whenever the lock is had, though that is in another minute than the one that was served. */
  'late_hand_back',
  /** A restarted engine begins with the minute that it finds. */
  'forgets_last_minute',
  /** The minute in which a job failed is not made up for. */
  'forgets_failures',
  /** A tick that a lock kept from its end counts as one that came to it. */
  'gives_up_on_lock',
  /** Months and years are counted by the clock at UTC. */
  'wrong_zone',
] as const;
export type Plant = (typeof PLANTS)[number];

const FORGET_FAILURES = `
  CREATE TRIGGER plant_failures AFTER UPDATE OF behind_since ON engine_job_owners WHEN NEW.behind_since IS NOT NULL
  BEGIN
    UPDATE engine_job_owners SET behind_since = NULL WHERE job_id = NEW.job_id;
  END`;

/** What is planted into the database before a history begins; what the one before had there goes. */
export function plantOnce(db: Database.Database, plant: Plant | undefined): void {
  db.exec('DROP TRIGGER IF EXISTS plant_failures');
  if (plant === 'forgets_failures') db.exec(FORGET_FAILURES);
}

export interface Shares {
  /** Of minutes: a hand-back without an engine. It excuses whoever misses something. */
  readonly offline: number;
  /** Of the engine's writes: the lock comes late. */
  readonly lateLock: number;
  /** Of jobs that the engine looks at: they fail. */
  readonly failure: number;
  /** Of minutes: somebody else takes the lock, and keeps it for long. */
  readonly stranger: number;
  /** Of histories: with jobs of days, months and years. */
  readonly calendar: number;
}

/** How much of what goes wrong of itself: a plant is to be seen soon, so there is much of what shows it, and little else. */
export function sharesOf(plant: Plant | undefined): Shares {
  if (plant === undefined) return { offline: 0.06, lateLock: 0.08, failure: 0.06, stranger: 0.1, calendar: 0.6 };
  return {
    offline: plant === 'no_ownership_check' ? 0.3 : 0,
    lateLock: plant === 'late_hand_back' ? 0.3 : 0,
    failure: plant === 'forgets_failures' ? 0.3 : 0,
    stranger: plant === 'gives_up_on_lock' ? 0.5 : 0,
    calendar: plant === 'wrong_zone' ? 1 : 0,
  };
}
