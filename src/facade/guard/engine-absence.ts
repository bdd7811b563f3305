/** For how long the supervised engine has not been there. */
import type { EngineState } from '../engine-process/engine-state.js';

/**
 * An engine that ended is started again within a second or two, and the legacy answers meanwhile: up to this long, requests
 * that find nobody are the supervisor's business and no reason to move rows. Milliseconds.
 */
export const EXCUSED_MS = 10_000;

export class EngineAbsence {
  readonly #now: () => number;
  #since: number | undefined;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Listens to the supervisor; an engine without one is never absent here. */
  readonly follow = ({ state }: Pick<EngineState, 'state'>): void => {
    this.#since = state === 'ready' ? undefined : (this.#since ?? this.#now());
  };

  /** Whether it went so lately that the supervisor is to bring it back first. */
  get excused(): boolean {
    return this.#since !== undefined && this.#now() - this.#since < EXCUSED_MS;
  }
}
