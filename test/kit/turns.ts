/**
 * Lets tasks take turns at every statement: all but one of them wait at a gate, and chance says who goes on. So the statements of two
 * processes are interleaved in all ways, one process being enough.
 */

export class Turns {
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #failures: unknown[] = [];
  #ended: () => void = () => undefined;
  /** Whether whoever just had a turn goes on, at this step. */
  #staysOn: (step: number) => boolean = () => false;
  #step = 0;

  /** @param random from 0 to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Waits until it is this task's turn. @param afterOthers it can't go on before another did something */
  gate(afterOthers = false): Promise<void> {
    return new Promise((resolve) => {
      // The last one is whoever just had a turn.
      if (afterOthers) this.#waiting.unshift(resolve);
      else this.#waiting.push(resolve);
      this.#running -= 1;
      this.#goOn();
    });
  }

  /** Runs these until all have ended. @throws the first failure */
  async run(tasks: readonly (() => Promise<void>)[]): Promise<void> {
    if (tasks.length === 0) return;
    this.#step = 0;
    this.#staysOn = this.#anyManner();
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    this.#running = tasks.length;
    for (const task of tasks)
      this.gate()
        .then(task)
        .catch((error: unknown) => void this.#failures.push(error))
        .finally(() => {
          this.#running -= 1;
          this.#goOn();
        });
    await ended;
    const [failure] = this.#failures.splice(0);
    if (failure !== undefined) throw failure;
  }

  #goOn(): void {
    if (this.#running > 0) return;
    this.#step += 1;
    const last = this.#waiting.length - 1;
    const at = this.#staysOn(this.#step) ? last : Math.floor(this.#random() * (last + 1));
    const [next] = this.#waiting.splice(Math.max(0, at), 1);
    if (next === undefined) {
      this.#ended();
      return;
    }
    this.#running = 1;
    next();
  }

  /**
   * By chance at each step; or each as long as possible but for a few steps: much may happen while one stands between two statements,
   * which chance alone would hardly ever let it.
   */
  #anyManner(): (step: number) => boolean {
    if (this.#random() < 0.4) return () => false;
    const breaks = new Set(Array.from({ length: 3 }, () => Math.floor(this.#random() * 40)));
    return (step) => !breaks.has(step);
  }
}
