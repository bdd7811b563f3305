/**
 * Forgets runs that were kept for their days. Those of a job's latest occurrence stay, however old: they are all that keeps its hosts
 * from being served it again.
 */
import type { RunAge } from '../../repositories/scheduled-run-repository.js';
import type { RequestContext } from '../request-context.js';
import { giveWay } from './give-way.js';

/** Runs that are looked at, or forgotten, at once. */
const RUNS_AT_ONCE = 500;
const DAY_SECONDS = 86_400n;
const OLDEST: RunAge = { at: -(2n ** 63n), id: -(2n ** 63n) };

export class OldRuns {
  readonly #historySeconds: bigint;
  /** Up to which age all old runs were looked at, and when they last were from the beginning. */
  #looked: { readonly until: bigint; readonly fromOldestAt: bigint } | undefined;

  /** @param historyDays for how long runs are kept */
  constructor(historyDays: number) {
    this.#historySeconds = BigInt(historyDays) * DAY_SECONDS;
  }

  /**
   * All old ones once a day, else those that grew old since the last call: what is kept may be much, and is not read each minute.
   * @returns how many were forgotten
   */
  async forget(now: bigint, { unitOfWork }: RequestContext): Promise<number> {
    const until = now - this.#historySeconds;
    const last = this.#looked;
    const goesOn = last !== undefined && now >= last.fromOldestAt && now < last.fromOldestAt + DAY_SECONDS;
    let beyond: RunAge = goesOn ? { ...OLDEST, at: last.until } : OLDEST;
    let forgotten = 0;
    for (;;) {
      const from = beyond;
      const runs = await unitOfWork.read(({ scheduledRuns }) => scheduledRuns.listOlder(until, from, RUNS_AT_ONCE));
      const ids = runs.filter(({ isForgettable }) => isForgettable).map(({ id }) => id);
      if (ids.length > 0) forgotten += await unitOfWork.write(({ scheduledRuns }) => scheduledRuns.forget(ids));
      beyond = runs.at(-1) ?? beyond;
      if (runs.length < RUNS_AT_ONCE) break;
      await giveWay();
    }
    this.#looked = { until, fromOldestAt: goesOn ? last.fromOldestAt : now };
    return forgotten;
  }
}
