/** Keeps what was learned of the legacy over restarts. A facade.db that can't be used costs what was learned of late, no more. */
import type { Log } from '../logging/log.js';
import type { GuardMemory } from './hold-down.js';
import type { RowWatch } from './row-watch.js';

export class LegacyRecords {
  readonly #memory: Pick<GuardMemory, 'listRecords' | 'keepRecords'>;
  readonly #log: Log;
  /** Said once, not at each try. */
  #fails = false;

  constructor(memory: Pick<GuardMemory, 'listRecords' | 'keepRecords'>, log: Log) {
    this.#memory = memory;
    this.#log = log;
  }

  /** @param now monotonic milliseconds */
  recall(watches: ReadonlyMap<string, RowWatch>, now: number): void {
    try {
      for (const record of this.#memory.listRecords()) watches.get(record.row)?.recall(record, now);
    } catch (error) {
      this.#log.warn('guard records', { error: String(error) });
    }
  }

  /** Those that have changed since they were last kept. */
  keep(watches: Iterable<RowWatch>): void {
    const changed = [...watches].filter(({ dirty }) => dirty);
    if (changed.length === 0) return;
    try {
      this.#memory.keepRecords(changed.map((watch) => ({ row: watch.row.id, ...watch.record() })));
      for (const watch of changed) watch.dirty = false;
      this.#fails = false;
    } catch (error) {
      if (!this.#fails) this.#log.warn('guard records', { error: String(error) });
      this.#fails = true;
    }
  }
}
