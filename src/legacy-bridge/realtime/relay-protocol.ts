/** What the facade tells its engine of the relay to the legacy, and hears of it, over the engine's Unix socket. */
import type { LegacyAddress } from '../dialling/legacy-address.js';

/** PUT replaces the order; GET, and the answer to PUT, tell the state. */
export const RELAY_PATH = '/engine/internal/relay';

/** Of the relay's handshake. Facade and engine refuse it: pointed at one of them instead of at the legacy, it would hear itself. */
export const RELAY_HEADER = 'x-borealis-relay';

export const RELAY_MODES = ['on', 'while-clients', 'off'] as const;

/** `while-clients`: as long as the engine's own server has clients, such as those that are still there after a flip back. */
export type RelayMode = (typeof RELAY_MODES)[number];

export interface RelayOrder {
  readonly mode: RelayMode;
  /** With an absolute path of the CA file. Null only while it is off. */
  readonly legacy: LegacyAddress | null;
}

export interface RelayState {
  readonly mode: RelayMode;
  readonly state: 'off' | 'down' | 'up';
  /** URL of the legacy. */
  readonly legacy: string | null;
  /** Why it is down. */
  readonly problem: string | null;
  /** Events of the legacy that were heard, since the engine's start. */
  readonly heard: number;
  /** Presence events that the legacy was told. */
  readonly said: number;
  /** Configurations that the legacy was asked for. */
  readonly asked: number;
  /** What clients sent that was too long, or too much, for the legacy, and what they asked that it did not answer. */
  readonly dropped: number;
  /** Agents that it speaks for. */
  readonly agents: number;
  /** Those of whom the legacy is still to be told something. */
  readonly waiting: number;
}
