/** Remembers accepted proofs for the time in which they could be sent again. Bounded: lives in memory, per process. */
import { createHash } from 'node:crypto';
import type { ReplayMemory } from './request-context.js';

/** Proofs older than this are refused for their age (agents-http 5). */
export const REPLAY_WINDOW_MS = 300_000;
const MOST_PROOFS = 200_000;

export class ProofMemory implements ReplayMemory {
  /** By digest, since ids may be of any length; in order of expiry, since all live equally long. */
  readonly #expiry = new Map<string, number>();
  readonly #most: number;

  /** @param most proofs remembered at once */
  constructor(most = MOST_PROOFS) {
    this.#most = most;
  }

  consume(id: string, now: number): 'fresh' | 'seen' | 'full' {
    this.#forget(now);
    const key = digestOf(id);
    if (this.#expiry.has(key)) return 'seen';
    if (this.#expiry.size >= this.#most) return 'full';
    this.#expiry.set(key, now + REPLAY_WINDOW_MS);
    return 'fresh';
  }

  release(id: string): void {
    this.#expiry.delete(digestOf(id));
  }

  #forget(now: number): void {
    for (const [key, expiry] of this.#expiry) {
      if (expiry > now) return;
      this.#expiry.delete(key);
    }
  }
}

function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('base64');
}
