/**
 * What one client said of being there since it joined, as far as an engine that was started anew must hear it: the last of each event and
 * agent. Bounded; tells when there was more.
 */
import type { PresenceEvent } from '../../../legacy-bridge/realtime/client-events.js';
import type { WholePacket } from './packet-assembler.js';

/** Of one event, characters; agents' have some 200. */
const LONGEST = 2_000;
/** Three events of ten agents, of which a client is one. */
const MOST = 30;
/** For as long a collector's report counts (contract: sockets, 4.3): an older one, said anew, would count for longer. */
const COLLECTOR_COUNTS_MS = 300_000;

interface Said {
  readonly event: PresenceEvent;
  readonly packet: WholePacket;
  /** Monotonic milliseconds. */
  readonly at: number;
}

export class SaidPresence {
  /** In the order in which it was said. */
  readonly #said = new Map<string, Said>();
  #isIncomplete = false;

  /** It said what is not remembered. */
  get isIncomplete(): boolean {
    return this.#isIncomplete;
  }

  /** @param agentId undefined where the event names none, so that nobody learns anything of it */
  note(said: Said, agentId: string | undefined): void {
    const { event, packet } = said;
    const [text, ...attachments] = packet;
    const key = `${event} ${agentId}`;
    this.#said.delete(key);
    if (attachments.length > 0 || text.length > LONGEST || this.#said.size >= MOST) this.#isIncomplete = true;
    else if (agentId !== undefined) this.#said.set(key, said);
  }

  /** What still counts. @param now monotonic milliseconds */
  *list(now: number): Iterable<Said> {
    for (const said of this.#said.values())
      if (said.event !== 'collector_status' || now - said.at <= COLLECTOR_COUNTS_MS) yield said;
  }

  /** The client has left the namespace. */
  clear(): void {
    this.#said.clear();
    this.#isIncomplete = false;
  }
}
