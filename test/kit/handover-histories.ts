/** One database file for many random histories of two schedulers, each of which begins with nothing in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSharedDatabase, type SharedDatabase } from '../../src/engine/open-shared-database.js';
import { handBackAll } from '../../src/engine/services/scheduling/hand-back-all.js';
import { HandoverHistory } from './handover-history.js';
import type { Plant } from './handover-plants.js';
import { SeededRandom } from './seeded-random.js';
import { silentLog } from './silent-engine-log.js';

export class HandoverHistories {
  readonly #root: string;
  readonly #shared: SharedDatabase;
  /** Another process of the engine's, which waits for no lock. */
  readonly #other: SharedDatabase;
  readonly #raw: Database.Database;

  private constructor(root: string, shared: SharedDatabase, other: SharedDatabase) {
    this.#root = root;
    this.#shared = shared;
    this.#other = other;
    this.#raw = new Database(join(root, 'database.db'), { timeout: 0 });
  }

  static async open(): Promise<HandoverHistories> {
    const root = await mkdtemp(join(tmpdir(), 'handover-'));
    const path = join(root, 'database.db');
    const surroundings = { log: silentLog, monotonic: () => performance.now(), jitter: () => 0 };
    const options = { path, autoMigrate: true, dryRun: { waitMs: 50, holdMs: 100 } };
    const shared = await openSharedDatabase({ ...options, busyDeadlineMs: 0 }, surroundings);
    const other = await openSharedDatabase({ ...options, autoMigrate: false, busyDeadlineMs: 0 }, surroundings);
    return new HandoverHistories(root, shared, other);
  }

  async close(): Promise<void> {
    this.#raw.close();
    this.#shared.close();
    this.#other.close();
    await rm(this.#root, { recursive: true, force: true });
  }

  /** @returns what was wrong, in words */
  async run(seed: number, plant?: Plant): Promise<readonly string[]> {
    await handBackAll(this.#other.unitOfWork, 0n);
    this.#raw.exec(`
      DELETE FROM scheduled_jobs; DELETE FROM scheduled_job_runs; DELETE FROM scheduled_job_run_activity; DELETE FROM activity_history;
      DROP TRIGGER IF EXISTS engine_run_once; UPDATE engine_scheduler SET last_minute = NULL`);
    const history = new HandoverHistory({
      random: new SeededRandom(seed),
      file: join(this.#root, 'database.db'),
      unitOfWork: this.#shared.unitOfWork,
      other: this.#other.unitOfWork,
      raw: this.#raw,
      plant,
    });
    return await history.run();
  }
}
