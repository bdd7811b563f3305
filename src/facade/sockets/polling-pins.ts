/**
 * Which side opened which long-polling session, so that all its requests reach that side across flips.
 * Bounded and forgetful: a lost pin costs one reconnection, never a wrong answer. Session ids are as good as
 * the session itself, so they are never listed or logged.
 */
import type { Side } from '../side.js';
import type { PollingHandshake } from './polling-handshake.js';
import type { SocketClock } from './socket-clock.js';

/** Why a pin was dropped; also the reason under which the session's end is counted. */
export type PinRelease = 'idle' | 'evicted' | 'unknown-session' | 'closed' | 'drained' | 'shutdown';

/** A session's pin. */
export interface Pin {
  readonly sid: string;
  readonly side: Side;
  /** The session was ended by a drain: its requests are refused until the client opens another. */
  readonly drained: boolean;
}

export interface PollingPinsOptions {
  readonly clock: SocketClock;
  /** Most sessions remembered; beyond, the one unused for longest goes. Default 20000. */
  readonly most?: number;
  /** Added to `pingInterval + pingTimeout`, after which a silent session is dead to the side too; milliseconds. Default 15000. */
  readonly marginMs?: number;
  /** Called when a pin is dropped, also for drained ones that idle out. */
  readonly released: (pin: Pin, why: PinRelease) => void;
}

interface Kept {
  readonly sid: string;
  readonly side: Side;
  readonly idleMs: number;
  drained: boolean;
  /** Requests under way; a session with one is not idle. */
  busy: number;
  usedAt: number;
}

const DEFAULT_MOST = 20_000;
const DEFAULT_MARGIN_MS = 15_000;

export class PollingPins {
  readonly #clock: SocketClock;
  readonly #most: number;
  readonly #marginMs: number;
  readonly #released: PollingPinsOptions['released'];
  /** In order of use, the longest unused first. */
  readonly #pins = new Map<string, Kept>();
  #cancelSweep: (() => void) | undefined;

  constructor(options: PollingPinsOptions) {
    this.#clock = options.clock;
    this.#most = options.most ?? DEFAULT_MOST;
    this.#marginMs = options.marginMs ?? DEFAULT_MARGIN_MS;
    this.#released = options.released;
  }

  get size(): number {
    return this.#pins.size;
  }

  /** The pin of a session, if it has one that is still of use. */
  find(sid: string): Pin | undefined {
    const pin = this.#pins.get(sid);
    if (pin === undefined) return undefined;
    if (!this.#isIdle(pin)) return pin;
    this.#drop(pin, 'idle');
    return undefined;
  }

  /** Pins a session to the side that opened it. A session pinned already keeps its pin. */
  add(handshake: PollingHandshake, side: Side): void {
    if (this.#pins.has(handshake.sid)) return;
    const idleMs = handshake.pingIntervalMs + handshake.pingTimeoutMs + this.#marginMs;
    this.#pins.set(handshake.sid, {
      sid: handshake.sid,
      side,
      idleMs,
      drained: false,
      busy: 0,
      usedAt: this.#clock.now(),
    });
    if (this.#pins.size > this.#most) this.#evict();
    this.#scheduleSweep();
  }

  /** A request of the session began. Returns the function to call when it has ended. */
  use(sid: string): () => void {
    const pin = this.#pins.get(sid);
    if (pin === undefined) return () => {};
    this.#touch(pin);
    pin.busy += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      pin.busy -= 1;
      if (this.#pins.get(sid) === pin) this.#touch(pin);
    };
  }

  /** Ends a session from our side: its next request is to be refused. */
  drain(sid: string): void {
    const pin = this.#pins.get(sid);
    if (pin !== undefined) pin.drained = true;
  }

  /** Forgets a session. */
  release(sid: string, why: PinRelease): void {
    const pin = this.#pins.get(sid);
    if (pin !== undefined) this.#drop(pin, why);
  }

  /** Forgets all sessions and stops watching. */
  close(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    for (const pin of [...this.#pins.values()]) this.#drop(pin, 'shutdown');
  }

  #touch(pin: Kept): void {
    pin.usedAt = this.#clock.now();
    this.#pins.delete(pin.sid);
    this.#pins.set(pin.sid, pin);
  }

  #isIdle(pin: Kept): boolean {
    return pin.busy === 0 && this.#clock.now() - pin.usedAt > pin.idleMs;
  }

  #drop(pin: Kept, why: PinRelease): void {
    this.#pins.delete(pin.sid);
    this.#released(pin, why);
  }

  #evict(): void {
    const [longestUnused] = this.#pins.values();
    if (longestUnused !== undefined) this.#drop(longestUnused, 'evicted');
  }

  /** Looks through the pins every margin's time while there are any. */
  #scheduleSweep(): void {
    if (this.#cancelSweep !== undefined || this.#pins.size === 0) return;
    this.#cancelSweep = this.#clock.after(this.#marginMs, () => {
      this.#cancelSweep = undefined;
      for (const pin of [...this.#pins.values()]) if (this.#isIdle(pin)) this.#drop(pin, 'idle');
      this.#scheduleSweep();
    });
  }
}
