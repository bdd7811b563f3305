/**
 * Tells the legacy what agents say of being there: the newest of each agent and event, at a bounded rate, and to a legacy that has just
 * been reached all that agents said who are still connected. Bounded in memory; a dead legacy costs nothing but that.
 */
import type { PresenceEvent } from '../../../legacy-bridge/realtime/client-events.js';
import type { EventClient } from '../event-hub.js';
import { AgentWords, type CollectorFact } from './agent-words.js';

/** What an agent says, as its client wrote it. */
export interface PresenceWord {
  readonly client: EventClient;
  readonly event: PresenceEvent;
  readonly agentId: string;
  /** JSON of the argument. */
  readonly json: string;
  /** What a collector's report says beyond that it is there. */
  readonly facts: readonly CollectorFact[];
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
/** Of that, what one client said: a hundred agents' worth, of which it has one. */
const MOST_CHARACTERS_OF_A_CLIENT = 64_000;
/** That one client may speak for; beyond, the first is not spoken for again. */
const MOST_AGENTS_OF_A_CLIENT = 1_000;
const TURN_MS = 50;
/** For as long a collector's report counts at the legacy (sockets 4.3): an older one, said anew, would count longer. */
const COLLECTOR_COUNTS_MS = 300_000;

interface Speaker {
  /** Ids of the agents that are there over this client. */
  readonly ids: Set<string>;
  /** Of what it said and is still remembered. */
  characters: number;
}

interface SpokenFor {
  /** Those over which it is there. */
  readonly clients: Set<EventClient>;
  readonly words: AgentWords<Speaker>;
}

export class PresenceRelay {
  readonly #options: PresenceRelayOptions;
  readonly #agents = new Map<string, SpokenFor>();
  readonly #speakers = new Map<EventClient, Speaker>();
  /** Ids of agents of whom something is unsaid; who waits longest is first. */
  readonly #waiting = new Set<string>();
  #characters = 0;
  /** Events that may be said in this turn; below nothing where the last agent had more to say than was left. */
  #credit = 0;
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

  /** @returns false when it is too long, or too much is remembered, of this client or in all: it is not said */
  told({ client, event, agentId, json, facts }: PresenceWord): boolean {
    const agent = this.#agents.get(agentId) ?? { clients: new Set(), words: new AgentWords() };
    const speaker = this.#speakers.get(client) ?? { ids: new Set(), characters: 0 };
    const replaced = agent.words.replacedBy(event, facts);
    if (json.length > LONGEST_JSON || this.#characters + json.length - lengthOf(replaced) > MOST_CHARACTERS)
      return false;
    // What others said and this replaces gives room to them.
    const own = replaced.filter(({ by }) => by === speaker);
    if (!this.#hasRoom(client, speaker, agentId, json.length - lengthOf(own))) return false;
    this.#agents.set(agentId, agent);
    for (const word of replaced) this.#charge(word.by, -word.json.length);
    const word = { event, json, at: this.#options.monotonic(), by: speaker };
    agent.words.keep(word, facts);
    this.#charge(speaker, json.length);
    if (!client.hasLeft) this.#bind(client, speaker, agentId, agent);
    if (this.#isUp) {
      agent.words.toSay((one) => one === word);
      this.#wait(agentId);
    } else this.#forgetIfGone(agentId, agent);
    return true;
  }

  left(client: EventClient): void {
    for (const agentId of this.#speakers.get(client)?.ids ?? []) this.#unbind(client, agentId);
    this.#speakers.delete(client);
  }

  /** The legacy was reached, and knows nothing. */
  up(): void {
    this.#isUp = true;
    const oldest = this.#options.monotonic() - COLLECTOR_COUNTS_MS;
    for (const [agentId, { words }] of this.#agents) {
      words.toSay(({ event, at }) => event !== 'collector_status' || at > oldest);
      if (words.hasUnsaid) this.#wait(agentId);
    }
  }

  down(): void {
    this.#isUp = false;
    this.#waiting.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [agentId, agent] of this.#agents) {
      agent.words.forgetUnsaid();
      this.#forgetIfGone(agentId, agent);
    }
  }

  /** Makes room, if need be, by no longer speaking for others that this client spoke for. */
  #hasRoom(client: EventClient, speaker: Speaker, agentId: string, more: number): boolean {
    for (const other of speaker.ids) {
      if (fits(speaker, more)) break;
      // What is still to be said takes its room until then.
      if (other !== agentId && this.#agents.get(other)?.words.hasUnsaid === false)
        this.#release(client, speaker, other);
    }
    return fits(speaker, more);
  }

  #charge(speaker: Speaker, characters: number): void {
    speaker.characters += characters;
    this.#characters += characters;
  }

  #bind(client: EventClient, speaker: Speaker, agentId: string, agent: SpokenFor): void {
    if (agent.clients.size === 0) this.#inherit(agent, speaker);
    agent.clients.add(client);
    this.#speakers.set(client, speaker);
    const { ids } = speaker;
    ids.add(agentId);
    const [first] = ids;
    if (ids.size > MOST_AGENTS_OF_A_CLIENT && first !== undefined) this.#release(client, speaker, first);
  }

  #release(client: EventClient, { ids }: Speaker, agentId: string): void {
    ids.delete(agentId);
    this.#unbind(client, agentId);
  }

  #unbind(client: EventClient, agentId: string): void {
    const agent = this.#agents.get(agentId);
    if (agent === undefined) return;
    agent.clients.delete(client);
    const [other] = agent.clients;
    const heir = other && this.#speakers.get(other);
    if (heir === undefined) this.#forgetIfGone(agentId, agent);
    else this.#inherit(agent, heir, this.#speakers.get(client));
  }

  /** What was said by one over which the agent is there no longer takes the room of one over which it is, or goes. */
  #inherit({ words }: SpokenFor, heir: Speaker, from?: Speaker): void {
    for (const word of [...words.kept]) {
      if (word.by === heir || (from !== undefined && word.by !== from)) continue;
      this.#charge(word.by, -word.json.length);
      if (fits(heir, word.json.length)) {
        word.by = heir;
        this.#charge(heir, word.json.length);
      } else words.drop(word);
    }
  }

  /** What it said last is still said. */
  #forgetIfGone(agentId: string, { clients, words }: SpokenFor): void {
    if (clients.size > 0 || words.hasUnsaid) return;
    this.#agents.delete(agentId);
    for (const { by, json } of words.kept) this.#charge(by, -json.length);
  }

  #wait(agentId: string): void {
    this.#waiting.add(agentId);
    if (this.#timer === undefined) this.#turn();
  }

  /** One share of what may be said in a second. What is less than an event, or was said too much, counts in the next. */
  #turn(): void {
    const share = (this.#options.perSecond * TURN_MS) / 1000;
    this.#credit = Math.min(this.#credit + share, Math.max(1, share));
    for (const agentId of this.#waiting) {
      if (this.#credit < 1) break;
      this.#credit -= this.#sayOf(agentId);
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting.size > 0) this.#turn();
    }, TURN_MS);
  }

  /** All of one agent. @returns how many events */
  #sayOf(agentId: string): number {
    this.#waiting.delete(agentId);
    const agent = this.#agents.get(agentId);
    if (agent === undefined) return 0;
    const words = agent.words.takeUnsaid();
    for (const { event, json } of words) this.#options.say(event, json);
    this.#forgetIfGone(agentId, agent);
    return words.length;
  }
}

function fits({ characters }: Speaker, more: number): boolean {
  return characters + more <= MOST_CHARACTERS_OF_A_CLIENT;
}

function lengthOf(words: readonly { readonly json: string }[]): number {
  return words.reduce((sum, { json }) => sum + json.length, 0);
}
