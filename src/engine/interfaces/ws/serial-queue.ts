/** Runs the events of one connection one after the other, in the order they came. Bounded by its owner, who sees what waits. */
export class SerialQueue {
  readonly #waiting: { readonly bytes: number; readonly work: () => Promise<void> }[] = [];
  #isRunning = false;
  #bytes = 0;
  #idle: (() => void)[] = [];

  /** Events that wait or run. */
  get length(): number {
    return this.#waiting.length + (this.#isRunning ? 1 : 0);
  }

  /** Of those that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param work must not reject */
  push(bytes: number, work: () => Promise<void>): void {
    this.#waiting.push({ bytes, work });
    this.#bytes += bytes;
    if (!this.#isRunning) void this.#run();
  }

  /** Resolves when nothing waits or runs. */
  idle(): Promise<void> {
    return this.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#bytes -= next.bytes;
      await next.work();
    }
    this.#isRunning = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
