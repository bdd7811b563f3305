/** A clock for the socket parts that moves only when told. */
import type { SocketClock } from '../../src/facade/sockets/socket-clock.js';

export interface FakeSocketClock extends SocketClock {
  /** Moves time on, running what is due on the way, each at its own moment. */
  advance(ms: number): void;
  /** Tasks that wait. */
  waiting(): number;
}

export function fakeSocketClock(): FakeSocketClock {
  const tasks = new Set<{ at: number; run: () => void }>();
  let now = 1_000;
  return {
    now: () => now,
    after(ms, run) {
      const task = { at: now + ms, run };
      tasks.add(task);
      return () => void tasks.delete(task);
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...tasks].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        tasks.delete(next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = until;
    },
    waiting: () => tasks.size,
  };
}
