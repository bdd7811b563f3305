import type { EventOutcome } from '../../legacy-bridge/realtime/bridge-protocol.js';
import type { Side } from '../side.js';

/** What became of one event of a bridged session at one side. */
export type EventFateWord =
  /** Sent to the legacy, whose it is. */
  | 'passed'
  /** Sent to the legacy in the engine's place. */
  | 'fallback'
  /** A copy for the side whose it is not, under `both`. */
  | 'copied'
  /** What the engine said of an event that was its own. */
  | EventOutcome
  /** The link ended before the engine said anything: it may have handled it. */
  | 'lost'
  /** The engine could not take it, and its row has no fallback. */
  | 'dropped'
  /** The client had not joined the namespace, so nobody handles it. */
  | 'ignored';

/** What the packet bridge counts. `event` is the name of a row's event; `other` stands for all that have no row. */
export interface EventMetrics {
  /** @param seconds from the event's arrival until the engine was done; 0 where nobody waits for an end */
  eventHandled(event: string, side: Side, fate: EventFateWord, seconds: number): void;
  /** The link to the engine came up or went down. */
  socketLinkChanged(isUp: boolean): void;
}

/** Label of events without a row: their names are the clients' to choose. */
export const OTHER_EVENTS = 'other';
