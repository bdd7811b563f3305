/**
 * Ids of sessions that ended not long ago. Their clients may ask once more; the legacy's session of that id may still be
 * ending, and a poll must not reach it.
 */
import type { SocketClock } from '../socket-clock.js';

const KEPT_MS = 60_000;
const MOST = 20_000;

export class EndedSessions {
  readonly #clock: SocketClock;
  /** When each ended, the earliest first. */
  readonly #ended = new Map<string, number>();

  constructor(clock: SocketClock) {
    this.#clock = clock;
  }

  add(sid: string): void {
    this.#forget();
    this.#ended.set(sid, this.#clock.now());
  }

  has(sid: string): boolean {
    this.#forget();
    return this.#ended.has(sid);
  }

  #forget(): void {
    const before = this.#clock.now() - KEPT_MS;
    for (const [sid, at] of this.#ended) {
      if (at >= before && this.#ended.size < MOST) return;
      this.#ended.delete(sid);
    }
  }
}
