/** Snapshots by number, over connections that are kept for the next. Its queries are synchronous: lives in a thread of its own. */
import type { Effects } from './effects.js';
import { EffectsError } from './effects-error.js';
import type { SeenEffects } from './effects-observer.js';
import type { ObserverNews } from './observer-messages.js';
import { SearchBudget } from './search-budget.js';
import { searchChanges } from './search-changes.js';
import type { SearchLimits } from './search-limits.js';
import { SnapshotConnection, translated } from './snapshot-connection.js';
import { checkSnapshotFile } from './snapshot-file.js';

/** Connections that wait for the next snapshot. */
const MOST_IDLE = 4;
/** Between two signs of life of one search. */
const SEARCHING_MS = 100;

export class SnapshotPool {
  readonly #file: string;
  readonly #limits: SearchLimits;
  readonly #budget: SearchBudget;
  readonly #monotonic: () => number;
  readonly #open = new Map<number, SnapshotConnection>();
  #idle: SnapshotConnection[] = [];

  /** @param monotonic milliseconds that never go back */
  constructor(file: string, limits: SearchLimits, monotonic: () => number) {
    this.#file = file;
    this.#limits = limits;
    this.#monotonic = monotonic;
    this.#budget = new SearchBudget(limits.searchShare, monotonic);
  }

  /** @throws EffectsError */
  open(id: number): void {
    const connection = this.#connection();
    try {
      connection.begin();
    } catch (error) {
      connection.close();
      throw error;
    }
    this.#open.set(id, connection);
  }

  /**
   * Ends the snapshot. Tells when the second look is fixed, and now and then that it still searches. Lets other calls in between
   * its steps. @throws EffectsError
   */
  async finish(id: number, engine: Effects, tell: (news: ObserverNews) => void): Promise<SeenEffects> {
    const connection = this.#open.get(id);
    if (connection === undefined) throw new EffectsError('observer_closed', 'the observation has ended');
    // From here on the snapshot is the search's own: a close from outside must not pull it away.
    this.#open.delete(id);
    try {
      translated(() => connection.look());
      tell('looked');
      let toldAt = this.#monotonic();
      const steps = searchChanges({ connection, limits: this.#limits, budget: this.#budget }, engine);
      for (;;) {
        const step = translated(() => steps.next());
        if (step.done === true) return step.value;
        if (this.#monotonic() - toldAt >= SEARCHING_MS) {
          tell('searching');
          toldAt = this.#monotonic();
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.#release(connection);
    }
  }

  close(id: number): void {
    const connection = this.#open.get(id);
    if (connection === undefined) return;
    this.#open.delete(id);
    this.#release(connection);
  }

  #release(connection: SnapshotConnection): void {
    connection.end();
    if (this.#idle.length < MOST_IDLE) this.#idle.push(connection);
    else connection.close();
  }

  /** Of other files than stand there now, a connection is of no use; beside one on files that are gone, a new one would be none either. */
  #connection(): SnapshotConnection {
    const identity = checkSnapshotFile(this.#file);
    for (const [id, open] of this.#open)
      if (open.identity !== identity) {
        this.#open.delete(id);
        open.close();
      }
    for (const idle of this.#idle) if (idle.identity !== identity) idle.close();
    this.#idle = this.#idle.filter((idle) => idle.identity === identity);
    return this.#idle.pop() ?? new SnapshotConnection(this.#file);
  }
}
