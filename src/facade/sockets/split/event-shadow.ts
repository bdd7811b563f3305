/** What the packet bridge asks of shadowing: to compare events that are the legacy's. Interface; `EventComparisons` does it. */
import type { EventRow } from '../../table/table-snapshot.js';
import type { EventFate } from './engine-link.js';
import type { Overhearing } from './overhearing.js';
import type { WholePacket } from './packet-assembler.js';

/** An event that is about to go to the legacy. */
export interface ShadowedEvent {
  readonly row: EventRow;
  /** Of the client's handshake: they tell what kind of caller it is, and are not kept. */
  readonly headers: Readonly<Record<string, string>>;
  /** With an acknowledgement id, as both sides are to get it. */
  readonly packet: WholePacket;
  /** The event's data: a JSON list that begins with its name. */
  readonly data: string;
  /** Begins to listen to what another session gets. @returns undefined when no other has joined */
  readonly overhear: () => Overhearing | undefined;
  /** Lets the engine dry-run the packet. @returns false when it can't be reached */
  readonly ask: (packet: WholePacket, settled: (fate: EventFate) => void) => boolean;
}

/** One comparison, from before the dry run until the legacy has acknowledged. None of its functions throws. */
export interface EventComparison {
  /** Nothing is gathered any more: it was acknowledged, or given up. */
  readonly isOver: boolean;
  /** The legacy gets the event now. */
  passedOn(): void;
  /** The legacy emitted an event to the client. @param data undefined for what has attachments */
  emitted(data: string | undefined): void;
  /** The legacy acknowledged: it is done. @param data a JSON list */
  acknowledged(data: string): void;
  /** The client has gone, or the event goes elsewhere. */
  giveUp(): void;
}

export interface EventShadow {
  /**
   * @param ready called once, later: the event may go on, with the comparison if there still is one
   * @returns false when nothing is compared, so that the event need not wait
   */
  begin(event: ShadowedEvent, ready: (comparison: EventComparison | undefined) => void): boolean;
  /** A sampled event was not compared, since another one of its session still is. */
  busy(row: EventRow): void;
  /** Whether the row's stage, its sample and the load let one event be compared. */
  wants(row: EventRow): boolean;
}
