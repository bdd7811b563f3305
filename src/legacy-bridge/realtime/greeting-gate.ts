/**
 * Lets clients in a few at a time. An agent gives up when its joining is not answered within a second (agent-protocol 6.2): when a
 * fleet comes at once, those who are let in are answered quickly, and the others wait before their upgrade is answered, which they
 * do for long.
 */
export interface GreetingGateOptions {
  /** Clients that are let in and have not joined yet. */
  readonly most: number;
  /** Milliseconds after which one that does not join no longer counts. */
  readonly patienceMs: number;
}

export class GreetingGate {
  readonly #options: GreetingGateOptions;
  /** In order of coming. */
  readonly #waiting = new Set<(leave: () => void) => void>();
  #greeting = 0;
  #isAdmitting = false;

  constructor(options: GreetingGateOptions) {
    this.#options = options;
  }

  /**
   * @param start called now or when there is room, with what is to be called once the client has joined or gone; further calls of
   * that do nothing
   */
  enter(start: (leave: () => void) => void): void {
    this.#waiting.add(start);
    this.#admit();
  }

  /** Counts one that is in already, and lets in none meanwhile. @returns what is to be called once it has been served */
  join(): () => void {
    let leave = (): void => undefined;
    this.#start((given) => {
      leave = given;
    });
    return leave;
  }

  /** One after the other: whoever leaves at once makes room for the next without a call within its own. */
  #admit(): void {
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    for (const start of this.#waiting) {
      if (this.#greeting >= this.#options.most) break;
      this.#waiting.delete(start);
      this.#start(start);
    }
    this.#isAdmitting = false;
  }

  #start(start: (leave: () => void) => void): void {
    this.#greeting += 1;
    let isIn = true;
    const leave = (): void => {
      if (!isIn) return;
      isIn = false;
      clearTimeout(timer);
      this.#greeting -= 1;
      this.#admit();
    };
    const timer = setTimeout(leave, this.#options.patienceMs);
    start(leave);
  }
}
