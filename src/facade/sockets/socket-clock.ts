/** Time as the socket parts see it, so that drains and expiry can be tested without waiting. */
export interface SocketClock {
  /** Milliseconds on a clock that never goes back; its zero means nothing. */
  now(): number;
  /** Calls `task` once after `ms` milliseconds. Returns the function that prevents it. */
  after(ms: number, task: () => void): () => void;
}

/** The machine's clock. Its timers don't keep the process alive: what they act on does. */
export const systemSocketClock: SocketClock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
