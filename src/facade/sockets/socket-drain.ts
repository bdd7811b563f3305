/**
 * Closes a side's open sockets one by one at an even rate, so that their clients come back without a stampede.
 * Closes at the transport only: a Socket.IO disconnect or an Engine.IO close would lose agents for good.
 */
import { SIDES, type Side } from '../side.js';
import type { SocketClock } from './socket-clock.js';
import { SocketError } from './socket-error.js';
import type { SocketRegistry } from './socket-registry.js';

/** An operator's wish to move the clients of a side. */
export interface DrainRequest {
  /** The side whose sockets are closed. */
  readonly side: Side;
  /** Sockets closed per second: above 0, at most 10000. Fractions are fine. */
  readonly ratePerSecond: number;
  /** Reason, for the audit. Not blank. */
  readonly why: string;
  readonly who: string;
}

/** How far a drain is. */
export interface DrainProgress extends DrainRequest {
  readonly state: 'running' | 'done' | 'cancelled';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  /** Sockets of the side that were open at the start; later ones are left alone. */
  readonly total: number;
  readonly closed: number;
  /** Sockets that went by themselves before their turn. */
  readonly gone: number;
  /** Milliseconds until the last is closed, at this rate; 0 when ended. */
  readonly remainingMs: number;
}

export interface SocketDrainOptions {
  readonly registry: Pick<SocketRegistry, 'ids' | 'close' | 'openedAt'>;
  /**
   * How long a socket is spared after it was opened, milliseconds. The agents' library never connects again when it is
   * cut off while it still greets the server (seen with python-socketio 5.7.2). Default 15000.
   */
  readonly settleMs?: number;
  readonly clock: SocketClock;
  /** Wall clock, milliseconds. */
  readonly wallClock: () => number;
}

const HIGHEST_RATE = 10_000;
/** See SocketDrainOptions. */
export const DEFAULT_SETTLE_MS = 15_000;
/** Above a hundred per second, several are closed at once: timers are no finer than this. */
const SHORTEST_TICK_MS = 10;

export class SocketDrain {
  readonly #options: SocketDrainOptions;
  #run: Run | undefined;

  constructor(options: SocketDrainOptions) {
    this.#options = options;
  }

  /**
   * Starts a drain, oldest socket first: one every 1/rate seconds, and none before it has settled.
   *
   * @returns when all are closed, or the drain was cancelled
   * @throws SocketError when the request is not sound, or one is running
   */
  drain(request: DrainRequest): { readonly progress: DrainProgress; readonly ended: Promise<DrainProgress> } {
    checkRequest(request);
    if (this.#run?.state === 'running') {
      throw new SocketError(
        'drain_running',
        `A drain of the ${this.#run.request.side} side is running; cancel it first.`,
      );
    }
    const run = new Run(request, this.#options);
    this.#run = run;
    run.start();
    return { progress: run.progress(), ended: run.ended };
  }

  /** Stops the running drain; sockets not closed yet stay. @returns its state, or undefined when none is running */
  cancel(): DrainProgress | undefined {
    if (this.#run?.state !== 'running') return undefined;
    this.#run.finish('cancelled');
    return this.#run.progress();
  }

  /** The running drain, or the last one. */
  progress(): DrainProgress | undefined {
    return this.#run?.progress();
  }
}

class Run {
  readonly request: DrainRequest;
  readonly ended: Promise<DrainProgress>;
  state: DrainProgress['state'] = 'running';
  readonly #options: SocketDrainOptions;
  readonly #ids: readonly number[];
  readonly #startedAt: number;
  #resolve: (progress: DrainProgress) => void = () => {};
  #cancelTick: (() => void) | undefined;
  #endedAt: number | undefined;
  /** When the next socket's turn is, on the monotonic clock. */
  #turnAt: number;
  #next = 0;
  #closed = 0;
  #gone = 0;

  constructor(request: DrainRequest, options: SocketDrainOptions) {
    this.request = { side: request.side, ratePerSecond: request.ratePerSecond, why: request.why, who: request.who };
    this.#options = options;
    this.#ids = options.registry.ids(request.side);
    this.#startedAt = options.wallClock();
    this.#turnAt = options.clock.now();
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  start(): void {
    this.#tick();
  }

  /** Closes all that are due, so that a late timer does not slow the drain down. */
  #tick(): void {
    const { clock, registry } = this.#options;
    for (; this.#next < this.#ids.length; this.#next += 1) {
      const id = this.#ids[this.#next] ?? 0;
      const settlesInMs = this.#settlesInMs(id);
      // A turn that a young socket was waited for is not made up for by a burst.
      const dueAt = Math.max(this.#turnAt, settlesInMs === undefined ? 0 : clock.now() + settlesInMs);
      const waitMs = dueAt - clock.now();
      if (settlesInMs !== undefined && waitMs > 1e-6) {
        this.#cancelTick = clock.after(Math.max(SHORTEST_TICK_MS, waitMs), () => this.#tick());
        return;
      }
      if (settlesInMs === undefined || !registry.close(id, 'drained')) this.#gone += 1;
      else {
        this.#closed += 1;
        this.#turnAt = dueAt + 1000 / this.request.ratePerSecond;
      }
    }
    this.finish('done');
  }

  /** 0 or less: settled. Undefined: the socket is gone. */
  #settlesInMs(id: number): number | undefined {
    const { registry, clock, settleMs = DEFAULT_SETTLE_MS } = this.#options;
    const openedAt = registry.openedAt(id);
    return openedAt === undefined ? undefined : openedAt + settleMs - clock.now();
  }

  finish(state: 'done' | 'cancelled'): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.state = state;
    this.#endedAt = this.#options.wallClock();
    this.#resolve(this.progress());
  }

  progress(): DrainProgress {
    const left = this.state === 'running' ? this.#ids.length - this.#next : 0;
    const settlesInMs = left === 0 ? 0 : (this.#settlesInMs(this.#ids.at(-1) ?? 0) ?? 0);
    return {
      ...this.request,
      state: this.state,
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: this.#endedAt === undefined ? undefined : new Date(this.#endedAt).toISOString(),
      total: this.#ids.length,
      closed: this.#closed,
      gone: this.#gone,
      remainingMs: Math.ceil(Math.max((left * 1000) / this.request.ratePerSecond, settlesInMs)),
    };
  }
}

function checkRequest({ side, ratePerSecond, why }: DrainRequest): void {
  if (!SIDES.includes(side))
    throw new SocketError('drain_side_invalid', `side: expected ${SIDES.join(' or ')}, found ${String(side)}`);
  if (!(ratePerSecond > 0 && ratePerSecond <= HIGHEST_RATE)) {
    throw new SocketError(
      'drain_rate_invalid',
      `ratePerSecond: expected a number above 0 and at most ${HIGHEST_RATE}, found ${String(ratePerSecond)}`,
    );
  }
  if (typeof why !== 'string' || why.trim() === '')
    throw new SocketError('drain_why_missing', 'why: expected a reason, found none');
}
