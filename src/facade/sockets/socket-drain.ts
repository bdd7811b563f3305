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
  readonly registry: Pick<SocketRegistry, 'ids' | 'close'>;
  readonly clock: SocketClock;
  /** Wall clock, milliseconds. */
  readonly wallClock: () => number;
}

const HIGHEST_RATE = 10_000;
/** Above a hundred per second, several are closed at once: timers are no finer than this. */
const SHORTEST_TICK_MS = 10;

export class SocketDrain {
  readonly #options: SocketDrainOptions;
  #run: Run | undefined;

  constructor(options: SocketDrainOptions) {
    this.#options = options;
  }

  /**
   * Starts a drain; the first socket is closed at once, the n-th n/rate seconds later.
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
  readonly #startedOn: number;
  #resolve: (progress: DrainProgress) => void = () => {};
  #cancelTick: (() => void) | undefined;
  #endedAt: number | undefined;
  #next = 0;
  #closed = 0;
  #gone = 0;

  constructor(request: DrainRequest, options: SocketDrainOptions) {
    this.request = { side: request.side, ratePerSecond: request.ratePerSecond, why: request.why, who: request.who };
    this.#options = options;
    this.#ids = options.registry.ids(request.side);
    this.#startedAt = options.wallClock();
    this.#startedOn = options.clock.now();
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
    const due = 1 + Math.floor(((clock.now() - this.#startedOn) * this.request.ratePerSecond) / 1000 + 1e-9);
    while (this.#next < this.#ids.length && this.#closed < due) {
      const id = this.#ids[this.#next] ?? 0;
      this.#next += 1;
      if (registry.close(id, 'drained')) this.#closed += 1;
      else this.#gone += 1;
    }
    if (this.#next >= this.#ids.length) {
      this.finish('done');
      return;
    }
    const nextAt = this.#startedOn + (this.#closed * 1000) / this.request.ratePerSecond;
    this.#cancelTick = clock.after(Math.max(SHORTEST_TICK_MS, nextAt - clock.now()), () => this.#tick());
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
    return {
      ...this.request,
      state: this.state,
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: this.#endedAt === undefined ? undefined : new Date(this.#endedAt).toISOString(),
      total: this.#ids.length,
      closed: this.#closed,
      gone: this.#gone,
      remainingMs: Math.ceil((left * 1000) / this.request.ratePerSecond),
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
