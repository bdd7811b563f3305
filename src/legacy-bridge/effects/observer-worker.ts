/** The observer's thread: answers one request after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { EffectsError } from './effects-error.js';
import type { ObserverReply, ObserverRequest, ObserverThreadData } from './observer-messages.js';
import { SnapshotPool } from './snapshot-pool.js';

const { file, limits } = workerData as ObserverThreadData;
const pool = new SnapshotPool(file, limits);

parentPort?.on('message', (request: ObserverRequest) => {
  if (request.kind === 'close') pool.close(request.id);
  else parentPort?.postMessage(replyTo(request));
});

/** What is no EffectsError ends the thread, and with it every observation. */
function replyTo(request: Exclude<ObserverRequest, { kind: 'close' }>): ObserverReply {
  const { id } = request;
  try {
    if (request.kind === 'finish') return { id, seen: pool.finish(id, request.engine) };
    pool.open(id);
    return { id, seen: undefined };
  } catch (error) {
    if (error instanceof EffectsError) return { id, code: error.code, detail: error.detail };
    throw error;
  }
}
