/** Asks the store's worker, and starts it anew when it has ended. Knows nothing of comparisons. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../../legacy-bridge/threads/start-thread.js';
import type { StoreCallName, StoreCalls, StoreReply, StoreWorkerData } from './store-calls.js';

/** Why the store could not do something: the code is SQLite's, or `WORKER_ENDED`. */
export class StoreThreadError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'StoreThreadError';
    this.code = code;
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class StoreThread {
  readonly #data: StoreWorkerData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #next = 1;
  #closed = false;

  constructor(data: StoreWorkerData) {
    this.#data = data;
  }

  /** Calls are answered in their order. @throws StoreThreadError */
  async ask<N extends StoreCallName>(name: N, ...args: Parameters<StoreCalls[N]>): Promise<ReturnType<StoreCalls[N]>> {
    if (this.#closed) throw new StoreThreadError('CLOSED', 'the store of comparisons is closed');
    return this.#send(name, args) as Promise<ReturnType<StoreCalls[N]>>;
  }

  /** Lets what was asked before be done. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    await this.#send('close', []).catch(() => undefined); // An ended worker has nothing left to close.
    await worker.terminate();
  }

  #send(name: StoreCallName, args: readonly unknown[]): Promise<unknown> {
    const worker = this.#worker ?? this.#start();
    const id = this.#next++;
    // Keeps the process alive exactly while something is waited for.
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, name, args });
    });
  }

  #start(): Worker {
    const worker = startThread('./store-worker', import.meta.url, { workerData: this.#data });
    let reason = 'it ended';
    this.#worker = worker;
    worker.on('message', (reply: StoreReply) => this.#take(reply));
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values())
        reject(new StoreThreadError('WORKER_ENDED', `the store's worker can't go on: ${reason}`));
      this.#waiting.clear();
    });
    worker.unref();
    return worker;
  }

  #take(reply: StoreReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ('error' in reply) waiting?.reject(new StoreThreadError(reply.error.code, reply.error.message));
    else waiting?.resolve(reply.value);
  }
}
