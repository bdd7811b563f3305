/** The clock of a history: what its processes read, which may be set, and the time that really passes. In seconds. */
export class HistoryClock {
  #now: number;
  #elapsed = 0;

  /** @param now epoch seconds */
  constructor(now: number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  get second(): number {
    return Math.floor(this.#now);
  }

  get minute(): number {
    return Math.floor(this.#now / 60) * 60;
  }

  /** As `now`, from 0 on, and nobody sets it. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** @param share of the next minute's first second */
  untilNextMinute(share: number): number {
    return this.minute + 60 + share * 0.9 - this.#now;
  }

  pass(seconds: number): void {
    this.#now += seconds;
    this.#elapsed += seconds;
  }

  set(step: number): void {
    this.#now += step;
  }
}
