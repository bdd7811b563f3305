/** Rows that the engine can't dry-run, as it said itself; forgotten when another engine starts. */
import type { Log } from '../logging/log.js';

export class UnableRows {
  readonly #log: Log;
  /** By row, then by method: a row may have several handlers. */
  readonly #reasons = new Map<string, Map<string, string>>();

  constructor(log: Log) {
    this.#log = log;
  }

  note(row: string, method: string, reason: string): void {
    const methods = this.#reasons.get(row) ?? new Map<string, string>();
    if (!methods.has(method)) this.#log.warn('row not comparable', { row, method, reason });
    this.#reasons.set(row, methods.set(method, reason));
  }

  has(row: string, method: string): boolean {
    return this.#reasons.get(row)?.has(method) === true;
  }

  /** By row: `METHOD: why`, for operators. */
  all(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#reasons].map(([row, methods]) => [
        row,
        [...methods].map(([method, reason]) => `${method}: ${reason}`).join('; '),
      ]),
    );
  }

  reset(): void {
    this.#reasons.clear();
  }
}
