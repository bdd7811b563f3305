/** The model of the legacy's scheduler in a history: what it writes is held against what is the engine's, and some of it may be broken. */
import type Database from 'better-sqlite3';
import type { HandoverLedger } from './handover-ledger.js';
import type { Plant } from './handover-plants.js';
import { LegacyScheduler, type LegacySchedulerOptions } from './legacy-scheduler.js';

export interface HandoverLegacyOptions
  extends Pick<LegacySchedulerOptions, 'file' | 'zone' | 'now' | 'online' | 'gate' | 'gaveUp'> {
  readonly plant: Plant | undefined;
  readonly ledger: HandoverLedger;
  readonly isOwned: (job: number) => boolean;
  /** Whether the engine told an agent of this run. */
  readonly isEngines: (run: number) => boolean;
}

const WAITED_FOR = `
  SELECT 1 FROM scheduled_job_runs r
  JOIN engine_job_owners o ON o.job_id = r.job_id
  JOIN scheduled_job_run_activity l ON l.run_id = r.id JOIN activity_history a ON a.id = l.activity_id
  WHERE r.id = ? AND a.status = 'Running'`;
const STATUS = 'SELECT status FROM scheduled_job_runs WHERE id = ?';

export function handoverLegacy(options: HandoverLegacyOptions): LegacyScheduler {
  const { plant, ledger, isOwned, isEngines, ...given } = options;
  return new LegacyScheduler({
    ...given,
    writeRun: (db, write) => writeRun(db, write, plant),
    closeRun: (db, run, close) => {
      if (plant === 'no_clock_trigger') db.exec('DROP TRIGGER IF EXISTS engine_run_by_clock');
      // Never one of the engine of which its agent has not said a word.
      const isWaitedFor = isEngines(run) && db.prepare(WAITED_FOR).get(run) !== undefined;
      close();
      if (isWaitedFor && db.prepare(STATUS).pluck().get(run) !== 'Running')
        ledger.blame(`the legacy ended run ${run}, which is the engine's`);
    },
    wrote: (job) => {
      if (isOwned(job)) ledger.blame(`the legacy began a run of job ${job}, which is the engine's`);
    },
    tell: (job, host, occurrence) => ledger.told('legacy', { job, host, occurrence }),
  });
}

function writeRun(db: Database.Database, write: () => number, plant: Plant | undefined): number {
  if (plant === 'no_once_trigger') db.exec('DROP TRIGGER IF EXISTS engine_run_once');
  if (plant !== 'no_run_trigger') return write();
  return db.transaction(() => {
    db.exec('UPDATE engine_scheduler SET at_work = 1');
    const id = write();
    db.exec('UPDATE engine_scheduler SET at_work = 0');
    return id;
  })();
}
