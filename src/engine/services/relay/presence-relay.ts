/**
 * Tells the legacy what agents say of being there: the newest of each agent and event, at a bounded rate, and to a legacy that has just
 * been reached all that agents said who are still connected. Bounded in memory; a dead legacy costs nothing but that.
 */
import type { PresenceEvent } from '../../../legacy-bridge/realtime/client-events.js';
import type { EventClient } from '../event-hub.js';

/** What an agent says, as its client wrote it. */
export interface PresenceWord {
  readonly client: EventClient;
  readonly event: PresenceEvent;
  readonly agentId: string;
  /** JSON of the argument. */
  readonly json: string;
}

export interface PresenceRelayOptions {
  readonly say: (event: PresenceEvent, json: string) => void;
  /** Events said per second. */
  readonly perSecond: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** A presence event has some 200 characters. */
const LONGEST_JSON = 8_000;
/** Of all that is remembered, characters. */
const MOST_CHARACTERS = 64_000_000;
/** That one client may speak for; beyond, the first is not spoken for again. */
const MOST_AGENTS_OF_A_CLIENT = 1_000;
const TURN_MS = 50;
/** For as long a collector's report counts at the legacy (sockets 4.3): an older one, said anew, would count longer. */
const COLLECTOR_COUNTS_MS = 300_000;

interface Word {
  readonly json: string;
  readonly at: number;
}

interface SpokenFor {
  /** Those over which it is there. */
  readonly clients: Set<EventClient>;
  /** The newest of each event, in the order in which they came. */
  readonly words: Map<PresenceEvent, Word>;
  /** Events of which the newest is still to be said. */
  readonly unsaid: Set<PresenceEvent>;
}

export class PresenceRelay {
  readonly #options: PresenceRelayOptions;
  readonly #agents = new Map<string, SpokenFor>();
  readonly #byClient = new Map<EventClient, Set<string>>();
  /** Ids of agents of whom something is unsaid; who waits longest is first. */
  readonly #waiting = new Set<string>();
  #characters = 0;
  #isUp = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PresenceRelayOptions) {
    this.#options = options;
  }

  /** Agents that are spoken for. */
  get size(): number {
    return this.#agents.size;
  }

  /** Agents of whom something is unsaid. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @returns false when it is too long, or too much is remembered: it is not said */
  told({ client, event, agentId, json }: PresenceWord): boolean {
    const known = this.#agents.get(agentId);
    const before = known?.words.get(event)?.json.length ?? 0;
    if (json.length > LONGEST_JSON || this.#characters + json.length - before > MOST_CHARACTERS) return false;
    const agent = known ?? { clients: new Set(), words: new Map(), unsaid: new Set() };
    this.#agents.set(agentId, agent);
    this.#characters += json.length - before;
    agent.words.delete(event);
    agent.words.set(event, { json, at: this.#options.monotonic() });
    if (!client.hasLeft) this.#bind(client, agentId, agent);
    if (this.#isUp) {
      agent.unsaid.add(event);
      this.#wait(agentId);
    } else this.#forgetIfGone(agentId, agent);
    return true;
  }

  left(client: EventClient): void {
    for (const agentId of this.#byClient.get(client) ?? []) this.#unbind(client, agentId);
    this.#byClient.delete(client);
  }

  /** The legacy was reached, and knows nothing. */
  up(): void {
    this.#isUp = true;
    const oldest = this.#options.monotonic() - COLLECTOR_COUNTS_MS;
    for (const [agentId, { words, unsaid }] of this.#agents) {
      for (const [event, { at }] of words) if (event !== 'collector_status' || at > oldest) unsaid.add(event);
      if (unsaid.size > 0) this.#wait(agentId);
    }
  }

  down(): void {
    this.#isUp = false;
    this.#waiting.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [agentId, agent] of this.#agents) {
      agent.unsaid.clear();
      this.#forgetIfGone(agentId, agent);
    }
  }

  #bind(client: EventClient, agentId: string, agent: SpokenFor): void {
    agent.clients.add(client);
    const ids = this.#byClient.get(client) ?? new Set();
    this.#byClient.set(client, ids.add(agentId));
    if (ids.size <= MOST_AGENTS_OF_A_CLIENT) return;
    const [first] = ids;
    if (first === undefined) return;
    ids.delete(first);
    this.#unbind(client, first);
  }

  #unbind(client: EventClient, agentId: string): void {
    const agent = this.#agents.get(agentId);
    agent?.clients.delete(client);
    if (agent !== undefined) this.#forgetIfGone(agentId, agent);
  }

  /** What it said last is still said. */
  #forgetIfGone(agentId: string, { clients, unsaid, words }: SpokenFor): void {
    if (clients.size > 0 || unsaid.size > 0) return;
    this.#agents.delete(agentId);
    for (const { json } of words.values()) this.#characters -= json.length;
  }

  #wait(agentId: string): void {
    this.#waiting.add(agentId);
    if (this.#timer === undefined) this.#turn();
  }

  /** One share of what may be said in a second. */
  #turn(): void {
    let left = Math.max(1, Math.floor((this.#options.perSecond * TURN_MS) / 1000));
    for (const agentId of this.#waiting) {
      if (left <= 0) break;
      left -= this.#sayOf(agentId);
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting.size > 0) this.#turn();
    }, TURN_MS);
  }

  /** All of one agent: who it is before what else it says, for it joins its room so. @returns how many events */
  #sayOf(agentId: string): number {
    this.#waiting.delete(agentId);
    const agent = this.#agents.get(agentId);
    if (agent === undefined) return 0;
    const { words, unsaid } = agent;
    const inOrder = [...words.keys()].filter((event) => unsaid.has(event));
    inOrder.sort((a, b) => Number(b === 'connect_agent') - Number(a === 'connect_agent'));
    for (const event of inOrder) this.#options.say(event, words.get(event)?.json ?? '');
    unsaid.clear();
    this.#forgetIfGone(agentId, agent);
    return inOrder.length;
  }
}
