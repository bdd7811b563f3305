/** The thread that the comparisons' SQL runs in: disks that stall, locks and vacuums stop nothing but it. */
import { parentPort, workerData } from 'node:worker_threads';
import { openComparisonDatabase } from './comparison-database.js';
import type { StoreQuestion, StoreReply, StoreWorkerData } from './store-calls.js';

const port = parentPort;
if (port === null) throw new TypeError('store-worker is a worker');

const { file, limits } = workerData as StoreWorkerData;
const database = openComparisonDatabase(file, limits);

port.on('message', ({ id, name, args }: StoreQuestion) => {
  port.postMessage(answer(id, () => (database[name] as (...given: readonly unknown[]) => unknown)(...args)));
  if (name === 'close') port.close();
});

function answer(id: number, ask: () => unknown): StoreReply {
  try {
    return { id, value: ask() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { id, error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}
