/** Asks the store's worker by the names of its calls. Knows nothing of comparisons. */
import { AskedThread } from '../../../legacy-bridge/threads/asked-thread.js';
import type { StoreCallName, StoreCalls, StoreQuestion, StoreWorkerData } from './store-calls.js';

export class StoreThread {
  readonly #thread: AskedThread<StoreQuestion, unknown>;

  constructor(data: StoreWorkerData) {
    const importer = import.meta.url;
    this.#thread = new AskedThread({ module: './store-worker', importer, data, name: 'the store of comparisons' });
  }

  /** Calls are answered in their order. @throws ThreadError whose `failure` is SQLite's code where it gave one */
  ask<N extends StoreCallName>(name: N, ...args: Parameters<StoreCalls[N]>): Promise<ReturnType<StoreCalls[N]>> {
    return this.#thread.ask({ name, args }) as Promise<ReturnType<StoreCalls[N]>>;
  }

  /** Lets what was asked before be done. */
  close(): Promise<void> {
    return this.#thread.close({ name: 'close', args: [] });
  }
}
