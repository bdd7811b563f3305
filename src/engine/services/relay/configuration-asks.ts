/**
 * Asks the legacy for configurations that this engine does not have, for agents that ask here: what the legacy was told to provision is
 * in its memory alone. One question at a time, since its answer does not say whom it is about (sockets 4.5): the next one goes out once
 * the legacy has acknowledged the one before, or was reached anew.
 */
import type { WireText } from '../../domain/encode-payload.js';
import type { EventClient } from '../event-hub.js';

export interface ConfigurationAsksOptions {
  /** Asks; `done` is called once the legacy has nothing more to say to it. */
  readonly ask: (json: string, done: () => void) => void;
  /** Whether the engine has a configuration by now, which is newer than any that was asked for before. */
  readonly isKnown: (agentId: string) => boolean;
  /** A question has had no end for so many milliseconds, and keeps all others waiting: the legacy must be left, and reached anew. */
  readonly stuck: (waitedMs: number) => void;
  /** A question was lost twice, and is not asked again. */
  readonly givenUp: () => void;
  /** Before it is stuck; twice as long each time in a row, up to half an hour. Default 30,000. */
  readonly patienceMs?: number;
}

/** Agents that are asked about. */
const MOST = 10_000;
/** Of them, those that one client asks about; an agent asks about itself. */
const MOST_OF_A_CLIENT = 100;
/** Characters; agents' ids have some 60. */
const LONGEST_ID = 1_000;
const MOST_LOSSES = 2;
const PATIENCE_MS = 30_000;
const LONGEST_PATIENCE_MS = 1_800_000;

interface Question {
  readonly agentId: string;
  readonly askers: Set<EventClient>;
  losses: number;
}

export class ConfigurationAsks {
  readonly #options: ConfigurationAsksOptions;
  /** Those still to be asked, by agent id, in the order in which they came. */
  readonly #waiting = new Map<string, Question>();
  readonly #byClient = new Map<EventClient, Set<Question>>();
  #asked: Question | undefined;
  #isAnswered = false;
  #isUp = false;
  #patienceMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConfigurationAsksOptions) {
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
  }

  /** Questions whose askers wait. */
  get size(): number {
    return this.#waiting.size + (this.#asked === undefined ? 0 : 1);
  }

  /** @returns false when the id is too long, or too much is asked already */
  ask(agentId: string, client: EventClient): boolean {
    if (client.hasLeft) return true;
    const known = this.#questionAbout(agentId);
    const own = this.#byClient.get(client) ?? new Set();
    if (known === undefined && (agentId.length > LONGEST_ID || this.#waiting.size >= MOST)) return false;
    const question = known ?? { agentId, askers: new Set(), losses: 0 };
    if (own.size >= MOST_OF_A_CLIENT && !own.has(question)) return false;
    question.askers.add(client);
    this.#byClient.set(client, own.add(question));
    if (known === undefined) this.#waiting.set(agentId, question);
    this.#next();
    return true;
  }

  /** A configuration that names no agent. */
  answered(packet: WireText): void {
    if (this.#asked === undefined) return;
    const { agentId, askers } = this.#asked;
    this.#isAnswered = true;
    // Who provisioned here meanwhile has told the agent something newer.
    if (this.#options.isKnown(agentId)) return;
    for (const client of askers) client.pass('agent_config', packet);
  }

  left(client: EventClient): void {
    for (const question of this.#byClient.get(client) ?? []) {
      question.askers.delete(client);
      // One that was asked has its end to come.
      if (question.askers.size === 0 && question !== this.#asked) this.#waiting.delete(question.agentId);
    }
    this.#byClient.delete(client);
  }

  up(): void {
    this.#isUp = true;
    this.#next();
  }

  /** What was not answered is asked again, after the others and once. */
  down(): void {
    this.#isUp = false;
    const lost = this.#end();
    if (lost === undefined) return;
    lost.losses += 1;
    if (lost.askers.size === 0) return;
    if (!this.#isAnswered && lost.losses < MOST_LOSSES) {
      this.#waiting.set(lost.agentId, lost);
      return;
    }
    this.#release(lost);
    if (!this.#isAnswered) this.#options.givenUp();
  }

  /** An asker that comes after the answer needs another one. */
  #questionAbout(agentId: string): Question | undefined {
    const isOpen = this.#asked?.agentId === agentId && !this.#isAnswered;
    return isOpen ? this.#asked : this.#waiting.get(agentId);
  }

  #next(): void {
    if (!this.#isUp || this.#asked !== undefined) return;
    for (const question of this.#waiting.values()) {
      this.#waiting.delete(question.agentId);
      if (!this.#options.isKnown(question.agentId)) {
        this.#send(question);
        return;
      }
      this.#release(question);
    }
  }

  #send(question: Question): void {
    this.#asked = question;
    this.#isAnswered = false;
    this.#timer = setTimeout(() => {
      const waitedMs = this.#patienceMs;
      this.#patienceMs = Math.min(2 * waitedMs, LONGEST_PATIENCE_MS);
      this.#options.stuck(waitedMs);
    }, this.#patienceMs);
    this.#options.ask(JSON.stringify({ agent_id: question.agentId }), () => {
      if (this.#asked !== question) return;
      this.#end();
      this.#release(question);
      this.#patienceMs = this.#options.patienceMs ?? PATIENCE_MS;
      this.#next();
    });
  }

  #end(): Question | undefined {
    const question = this.#asked;
    this.#asked = undefined;
    clearTimeout(this.#timer);
    return question;
  }

  #release(question: Question): void {
    for (const client of question.askers) {
      const own = this.#byClient.get(client);
      own?.delete(question);
      if (own?.size === 0) this.#byClient.delete(client);
    }
  }
}
