/**
 * All that a service may touch besides its own logic, one per request. A dry run hands out a context whose unit of work
 * is rolled back and whose emitter, replay memory and log record instead of act; so nothing may reach around it.
 */
import type { EngineLog } from '../logging/engine-log.js';
import type { UnitOfWork } from '../repositories/unit-of-work.js';

/** Wall clock. Services never call `Date.now()`. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/** Source of identifiers, nonces and tokens. */
export interface RandomSource {
  bytes(length: number): Buffer;
  /** Version 4, lower case. */
  uuid(): string;
}

/** Socket.IO events that the request causes; they leave after its transaction has been committed. */
export interface EventSink {
  /** @param room the agent's room; undefined for every client */
  emit(event: string, payload: unknown, room?: string): void;
}

/** Remembers proofs that were used. A dry run asks, and remembers nothing. */
export interface ReplayMemory {
  /**
   * Takes a proof id for itself.
   * `fresh`: not seen within the window, now remembered. `seen`: within the window. `full`: no room to remember it.
   * @param now epoch milliseconds
   */
  consume(id: string, now: number): 'fresh' | 'seen' | 'full';
}

export interface RequestContext {
  /** From `X-Request-Id` of the facade, else made; for the log. */
  readonly requestId: string;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events: EventSink;
  readonly proofs: ReplayMemory;
  readonly log: EngineLog;
}
