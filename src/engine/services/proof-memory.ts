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
  readonly #windowMs: number;

  /**
   * @param most proofs remembered at once
   * @param windowMs how long each is remembered
   */
  constructor(most = MOST_PROOFS, windowMs = REPLAY_WINDOW_MS) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  consume(id: string, now: number): 'fresh' | 'seen' | 'full' {
    this.#forget(now);
    const key = digestOf(id);
    if (this.#expiry.has(key)) return 'seen';
    if (this.#expiry.size >= this.#most) return 'full';
    this.#expiry.set(key, now + this.#windowMs);
    return 'fresh';
  }

  release(id: string): void {
    this.#expiry.delete(digestOf(id));
  }

  /** For dry runs: a proof taken from it is fresh for everyone else. */
  dryView(): ReplayMemory {
    const taken = new Set<string>();
    return {
      consume: (id, now) => {
        if (taken.has(id) || (this.#expiry.get(digestOf(id)) ?? now) > now) return 'seen';
        if (this.#remembered(now) + taken.size >= this.#most) return 'full';
        taken.add(id);
        return 'fresh';
      },
      release: (id) => void taken.delete(id),
    };
  }

  #remembered(now: number): number {
    let gone = 0;
    for (const expiry of this.#expiry.values()) {
      if (expiry > now) break;
      gone += 1;
    }
    return this.#expiry.size - gone;
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
