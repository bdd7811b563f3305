/** So many events per second in the long run, and ten seconds' worth at once after a pause. */
const BURST_SECONDS = 10;

export class EventRate {
  readonly #perSecond: number;
  readonly #monotonic: () => number;
  #left: number;
  #at: number;

  /** @param perSecond 0: any number. @param monotonic milliseconds */
  constructor(perSecond: number, monotonic: () => number) {
    this.#perSecond = perSecond;
    this.#monotonic = monotonic;
    this.#left = perSecond * BURST_SECONDS;
    this.#at = monotonic();
  }

  /** @returns whether one more is within the rate */
  take(): boolean {
    if (this.#perSecond === 0) return true;
    const now = this.#monotonic();
    const earned = ((now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#left + earned, this.#perSecond * BURST_SECONDS);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
