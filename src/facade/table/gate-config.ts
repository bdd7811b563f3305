/** The evidence that a row needs before it may move on (`gate:` of the migration table), with defaults applied. */

export interface GateConfig {
  /** The upper bound of the mismatch rate's 95 % interval must be below this share, 0 to 1. Inconclusive comparisons are left out of the rate. */
  readonly mismatchRate: number;
  /** Fewest conclusive comparisons of the evidence period. */
  readonly minimum: number;
  /** Fewest conclusive comparisons of each status class that the row has been seen to answer. */
  readonly perStatus: number;
  /**
   * Fewest requests of clients that the engine has answered at the row's stage, where it answers any: what was dry-run before says
   * nothing of how it serves.
   */
  readonly served: number;
  /** The engine's p99 may be at most this many times the legacy's. */
  readonly latencyRatio: number;
  /**
   * Largest share of inconclusive comparisons, 0 to 1: above it the rest may not stand for all. Disturbed ones are left out: the
   * hour chooses them, not what the sides do.
   */
  readonly inconclusiveShare: number;
  /** Largest share of requests for which the engine gave nothing to compare, 0 to 1; see `engineFailures`. */
  readonly engineFailures: number;
  /** Largest share of conclusive comparisons in which something was passed over as noise, 0 to 1. */
  readonly noiseShare: number;
}

/**
 * What the scheduler's gate demands otherwise. A comparison is one job in one tick, of which a day has few, and each is many hosts;
 * and a run that differs is seen in the job's history, where it can be taken back job by job.
 */
export const SCHEDULER_GATE: Partial<GateConfig> = Object.freeze({ minimum: 100, mismatchRate: 0.05 });

export const GATE_DEFAULTS: GateConfig = Object.freeze({
  mismatchRate: 0.01,
  minimum: 500,
  perStatus: 20,
  served: 20,
  latencyRatio: 1.5,
  inconclusiveShare: 0.2,
  engineFailures: 0.01,
  noiseShare: 0.1,
});
