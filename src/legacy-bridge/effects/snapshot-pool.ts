/** Snapshots by number, over connections that are kept for the next. Synchronous: lives in a thread of its own. */
import type { Effects } from './effects.js';
import { EffectsError } from './effects-error.js';
import type { SeenEffects } from './effects-observer.js';
import { searchChanges } from './search-changes.js';
import type { SearchLimits } from './search-limits.js';
import { SnapshotConnection, translated } from './snapshot-connection.js';
import { checkSnapshotFile } from './snapshot-file.js';

/** Connections that wait for the next snapshot. */
const MOST_IDLE = 4;

export class SnapshotPool {
  readonly #file: string;
  readonly #limits: SearchLimits;
  readonly #open = new Map<number, SnapshotConnection>();
  #idle: SnapshotConnection[] = [];

  constructor(file: string, limits: SearchLimits) {
    this.#file = file;
    this.#limits = limits;
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

  /** Ends the snapshot. @throws EffectsError */
  finish(id: number, engine: Effects): SeenEffects {
    const connection = this.#open.get(id);
    if (connection === undefined) throw new EffectsError('observer_closed', 'the observation has ended');
    try {
      return translated(() => searchChanges(connection, engine, this.#limits));
    } finally {
      this.close(id);
    }
  }

  close(id: number): void {
    const connection = this.#open.get(id);
    if (connection === undefined) return;
    this.#open.delete(id);
    connection.end();
    if (this.#idle.length < MOST_IDLE) this.#idle.push(connection);
    else connection.close();
  }

  /** Of another file than stands there now, a connection is of no use. */
  #connection(): SnapshotConnection {
    const identity = checkSnapshotFile(this.#file);
    for (const idle of this.#idle) if (idle.identity !== identity) idle.close();
    this.#idle = this.#idle.filter((idle) => idle.identity === identity);
    return this.#idle.pop() ?? new SnapshotConnection(this.#file);
  }
}
