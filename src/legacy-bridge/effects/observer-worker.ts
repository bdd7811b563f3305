/** The observer's thread: answers one request after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { EffectsError } from './effects-error.js';
import type { ObserverReply, ObserverRequest, ObserverThreadData } from './observer-messages.js';
import { SnapshotPool } from './snapshot-pool.js';

const { file, limits } = workerData as ObserverThreadData;
const pool = new SnapshotPool(file, limits, () => performance.now());

// What is no EffectsError rejects unheard, which ends the thread, and with it every observation.
parentPort?.on('message', async (request: ObserverRequest) => {
  if (request.kind === 'close') pool.close(request.id);
  else parentPort?.postMessage(await replyTo(request));
});

async function replyTo(request: Exclude<ObserverRequest, { kind: 'close' }>): Promise<ObserverReply> {
  const { id } = request;
  try {
    if (request.kind === 'finish') {
      const looked = (): void => parentPort?.postMessage({ id, looked: true } satisfies ObserverReply);
      return { id, seen: await pool.finish(id, request.engine, looked) };
    }
    pool.open(id);
    return { id, seen: undefined };
  } catch (error) {
    if (error instanceof EffectsError) return { id, code: error.code, detail: error.detail };
    throw error;
  }
}
