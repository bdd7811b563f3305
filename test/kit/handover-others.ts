/** Who else writes in a history of two schedulers: routes of either side, and the command that gives all back. Each waits for the lock. */
import Database from 'better-sqlite3';
import type { Repositories, UnitOfWork } from '../../src/engine/repositories/unit-of-work.js';
import { handBackAll } from '../../src/engine/services/scheduling/hand-back-all.js';
import { type SchedulerWish, wishedOwner } from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { unlessBusy } from './gated-unit-of-work.js';

export class OtherWriters {
  readonly #engine: UnitOfWork;
  readonly #gate: (wasBusy: boolean) => Promise<void>;

  /** @param engine of another process, which waits for no lock @param gate before each try */
  constructor(engine: UnitOfWork, gate: (wasBusy: boolean) => Promise<void>) {
    this.#engine = engine;
    this.#gate = gate;
  }

  async atLegacy(statement: () => void): Promise<void> {
    await this.#untilDone(async () => {
      try {
        statement();
        return true;
      } catch (error) {
        if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') return false;
        throw error;
      }
    });
  }

  async atEngine(work: (repositories: Repositories) => Promise<unknown>): Promise<void> {
    await this.#untilDone(() => unlessBusy(this.#engine.write(work)));
  }

  /** @param now epoch seconds */
  async handBackAll(now: () => number): Promise<void> {
    await this.#untilDone(() => unlessBusy(handBackAll(this.#engine, BigInt(now()))));
  }

  /** What is wished to go, whether its minute was served or not. */
  async handBackEarly(wish: SchedulerWish): Promise<void> {
    await this.atEngine(async ({ jobOwners }) => {
      const ids = (await jobOwners.listOwned()).filter((id) => wishedOwner(wish, id) === 'legacy');
      await jobOwners.handBack(ids);
    });
  }

  async #untilDone(attempt: () => Promise<boolean>): Promise<void> {
    for (let wasBusy = false; ; wasBusy = true) {
      await this.#gate(wasBusy);
      if (await attempt()) return;
    }
  }
}
