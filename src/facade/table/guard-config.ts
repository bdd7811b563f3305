/** When a row is moved back because the engine misbehaves (`guard:` of the migration table), with defaults applied. */

export interface GuardConfig {
  /** False: `guard: off`; the row is never moved by itself. */
  readonly on: boolean;
  /** Largest share of requests to the engine that it fails (5xx, broken or refused connections), 0 to 1. */
  readonly errorRate: number;
  /** Largest share of requests to the engine that run into the row's timeout, 0 to 1. */
  readonly timeoutRate: number;
  /** Largest share of conclusive comparisons that are mismatches, 0 to 1. */
  readonly mismatchRate: number;
  /** What is looked at: the last so many milliseconds. */
  readonly windowMs: number;
  /** Fewest requests (or comparisons, for mismatches) in the window before anything is concluded. */
  readonly minRequests: number;
  /** How long a row that was moved back is kept from moving on again, milliseconds. */
  readonly holdDownMs: number;
}

export const GUARD_DEFAULTS: GuardConfig = Object.freeze({
  on: true,
  errorRate: 0.05,
  timeoutRate: 0.05,
  mismatchRate: 0.05,
  windowMs: 60_000,
  minRequests: 20,
  holdDownMs: 15 * 60_000,
});
