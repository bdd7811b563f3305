/**
 * Asks the legacy for configurations that this engine does not have, for agents that ask here: what the legacy was told to provision is
 * in its memory alone. One question at a time, since its answer does not say whom it is about (sockets 4.5).
 */
import type { WireText } from '../../domain/encode-payload.js';
import type { EventClient } from '../event-hub.js';

export interface ConfigurationAsksOptions {
  /** Asks; `done` is called once the legacy has nothing more to say to it. */
  readonly ask: (json: string, done: () => void) => void;
  /** After a question without an end none is asked until the legacy is reached anew: whose a late answer is, nobody knows. Default 10,000. */
  readonly patienceMs?: number;
}

/** Agents that are asked about. */
const MOST = 10_000;
const PATIENCE_MS = 10_000;

export class ConfigurationAsks {
  readonly #options: ConfigurationAsksOptions;
  /** By agent id; the first is the one that is asked about. */
  readonly #askers = new Map<string, Set<EventClient>>();
  #isUp = false;
  #asked: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConfigurationAsksOptions) {
    this.#options = options;
  }

  /** @returns false when too many wait */
  ask(agentId: string, client: EventClient): boolean {
    const askers = this.#askers.get(agentId) ?? new Set();
    if (askers.size === 0 && this.#askers.size >= MOST) return false;
    this.#askers.set(agentId, askers.add(client));
    this.#next();
    return true;
  }

  /** A configuration that names no agent. */
  answered(packet: WireText): void {
    for (const client of this.#askers.get(this.#asked ?? '') ?? []) client.pass('agent_config', packet);
  }

  up(): void {
    this.#isUp = true;
    this.#next();
  }

  /** What was not answered is asked again. */
  down(): void {
    this.#isUp = false;
    this.#asked = undefined;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (!this.#isUp || this.#asked !== undefined) return;
    const [agentId] = this.#askers.keys();
    if (agentId === undefined) return;
    this.#asked = agentId;
    this.#timer = setTimeout(() => {
      this.#isUp = false;
    }, this.#options.patienceMs ?? PATIENCE_MS);
    this.#options.ask(JSON.stringify({ agent_id: agentId }), () => {
      if (this.#asked !== agentId) return;
      clearTimeout(this.#timer);
      this.#askers.delete(agentId);
      this.#asked = undefined;
      this.#next();
    });
  }
}
