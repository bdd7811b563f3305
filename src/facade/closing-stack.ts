/** What was opened, to be closed in the reverse order: at the end, or when a later step of the start fails. */
export class ClosingStack {
  readonly #closers: (() => void | Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  /** @returns `opened`, so that opening and registering are one expression */
  add<T>(opened: T, close: (opened: T) => void | Promise<void>): T {
    this.#closers.push(() => close(opened));
    return opened;
  }

  /** Closes everything, also when some closer fails; then rejects with the first failure. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
