/** A token bucket: so many packets of a client per second in the long run, and a burst of some seconds' worth after a pause. */
const BURST_SECONDS = 10;

export class EventRate {
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  /** @param perSecond 0: no limit. @param now monotonic milliseconds */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond * BURST_SECONDS;
    this.#at = now;
  }

  /** @returns false for a packet that is too many */
  take(now: number): boolean {
    if (this.#perSecond === 0) return true;
    const earned = ((now - this.#at) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond * BURST_SECONDS, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
