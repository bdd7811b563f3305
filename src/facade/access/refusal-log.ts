/**
 * Tells of callers that a row did not let in. Whoever calls decides how often that is, so no one can fill the log by it: each refusal is a line at
 * debug, and only that callers can't be told apart is a warning, once a minute. Metrics count them all.
 */
import type { Log } from '../logging/log.js';
import type { AccessAnswerCode } from './access-answer.js';

/** What a line says. `why` holds no proof. */
export interface ToldRefusal {
  readonly code: AccessAnswerCode;
  readonly row: string;
  readonly why: string;
  readonly requestId: string;
}

const WARN_EVERY_MS = 60_000;
const MESSAGE = 'access refused';

export class RefusalLog {
  readonly #log: Log;
  readonly #monotonic: () => number;
  #warnedAt = Number.NEGATIVE_INFINITY;
  /** Since the last warning. */
  #untold = 0;

  /** @param monotonic milliseconds */
  constructor(log: Log, monotonic: () => number) {
    this.#log = log;
    this.#monotonic = monotonic;
  }

  tell(refusal: ToldRefusal): void {
    if (refusal.code === 'access_unavailable') this.#tellUnsure(refusal);
    else this.#log.debug(MESSAGE, { ...refusal });
  }

  #tellUnsure(refusal: ToldRefusal): void {
    if (this.#monotonic() - this.#warnedAt < WARN_EVERY_MS) {
      this.#untold += 1;
      this.#log.debug(MESSAGE, { ...refusal });
      return;
    }
    this.#log.warn(MESSAGE, { ...refusal, ...(this.#untold === 0 ? {} : { untold: this.#untold }) });
    this.#warnedAt = this.#monotonic();
    this.#untold = 0;
  }
}
