/** Steady traffic: one request after the other on a few connections, counting answers by who gave them. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Load {
  /** Resolves once an answer came from that side, after this call. Rejects after 20 s. */
  servedBy(side: 'legacy' | 'engine'): Promise<void>;
  counts(): { readonly answered: number; readonly failed: readonly string[] };
  stop(): Promise<void>;
}

const WORKERS = 4;
const PAUSE_MS = 4;
const WAIT_MS = 20_000;

export function startLoad(address: string): Load {
  let running = true;
  let answered = 0;
  const failed: string[] = [];
  const last = { side: '', at: 0 };
  const work = async (): Promise<void> => {
    while (running) {
      try {
        const answer = await fetch(`${address}/api/server/time`);
        await answer.arrayBuffer();
        if (answer.ok) answered += 1;
        else failed.push(String(answer.status));
        last.side = answer.headers.get('x-facade-served-by') ?? '';
        last.at += 1;
      } catch (error) {
        failed.push(String(error));
      }
      await pause(PAUSE_MS);
    }
  };
  const workers = Array.from({ length: WORKERS }, work);
  return {
    async servedBy(side) {
      const [from, until] = [last.at, performance.now() + WAIT_MS];
      // Answers of requests that began before the change may still arrive: one of each worker is let by.
      while (last.at < from + WORKERS || last.side !== side) {
        if (performance.now() > until) throw new Error(`no answer from the ${side}; the last was from: ${last.side}`);
        await pause(PAUSE_MS);
      }
    },
    counts: () => ({ answered, failed }),
    async stop() {
      running = false;
      await Promise.all(workers);
    },
  };
}
