/** Who else writes in a history of two schedulers: routes of either side, and the command that gives all back. Each waits for the lock, for a while. */
import { isBusy } from '../../src/engine/repositories/sqlite/retry-while-busy.js';
import type { Repositories, UnitOfWork } from '../../src/engine/repositories/unit-of-work.js';
import { handBackAll } from '../../src/engine/services/scheduling/hand-back-all.js';
import { type SchedulerWish, wishedOwner } from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { unlessBusy } from './gated-unit-of-work.js';
import type { HistoryClock } from './history-clock.js';

/** For how long a route waits for the lock. */
const BUSY_SECONDS = 5;

export class OtherWriters {
  readonly #engine: UnitOfWork;
  readonly #clock: HistoryClock;
  readonly #gate: (wasBusy: boolean) => Promise<void>;

  /** @param engine of another process, which waits for no lock @param gate before each try */
  constructor(engine: UnitOfWork, clock: HistoryClock, gate: (wasBusy: boolean) => Promise<void>) {
    this.#engine = engine;
    this.#clock = clock;
    this.#gate = gate;
  }

  /** @returns whether it is done: else somebody held the lock for too long, as with the others here */
  async atLegacy(statement: () => void): Promise<boolean> {
    return await this.#untilDone(async () => {
      try {
        statement();
        return true;
      } catch (error) {
        if (isBusy(error)) return false;
        throw error;
      }
    });
  }

  async atEngine(work: (repositories: Repositories) => Promise<unknown>): Promise<boolean> {
    return await this.#untilDone(() => unlessBusy(this.#engine.write(work)));
  }

  async handBackAll(): Promise<void> {
    await this.#untilDone(() => unlessBusy(handBackAll(this.#engine, BigInt(this.#clock.second))));
  }

  /** What is wished to go, whether its minute was served or not. */
  async handBackEarly(wish: SchedulerWish): Promise<void> {
    await this.atEngine(async ({ jobOwners }) => {
      const ids = (await jobOwners.listOwned()).filter((id) => wishedOwner(wish, id) === 'legacy');
      await jobOwners.handBack(ids);
    });
  }

  async #untilDone(attempt: () => Promise<boolean>): Promise<boolean> {
    const since = this.#clock.elapsed;
    for (let wasBusy = false; this.#clock.elapsed - since < BUSY_SECONDS; wasBusy = true) {
      await this.#gate(wasBusy);
      if (await attempt()) return true;
    }
    return false;
  }
}
