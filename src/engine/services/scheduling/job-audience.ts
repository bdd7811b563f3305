/**
 * Whom a job is told. The legacy tells every client, scripts and their secrets included (F18); so does the engine, until the operator
 * says that nobody else listens. Agents go by the host that the job names.
 */
import { trimmed } from '../../../legacy-bridge/values/python-text.js';
import type { RequestContext } from '../request-context.js';

export interface JobAudienceOptions {
  /** Tell every client, as the legacy does. */
  readonly toAll: boolean;
  /** Whether any client has joined this agent's room. */
  readonly isInRoom: (agentId: string) => boolean;
}

/** Names of hosts that every agent takes for its own (agent-protocol 7). */
const EVERYBODY: ReadonlySet<string> = new Set(['', 'unknown', '*', '(unknown)']);

export class JobAudience {
  readonly #options: JobAudienceOptions;

  constructor(options: JobAudienceOptions) {
    this.#options = options;
  }

  /** To the agents of that host; to all when none of them is known to be there, for the run has begun and must not be lost. */
  tell(hostname: string, event: string, payload: unknown, context: Pick<RequestContext, 'agents' | 'events'>): void {
    const rooms = this.#options.toAll ? [] : this.#roomsOf(hostname, context);
    if (rooms.length === 0) context.events.emit(event, payload);
    for (const room of rooms) context.events.emit(event, payload, room);
  }

  /**
   * What holds a secret goes to the agents of that host alone, wherever they are known; to everybody, as the legacy does, only where jobs
   * go to all and nobody is.
   * @returns whether anybody was told
   */
  tellSecret(
    hostname: string,
    event: string,
    payload: unknown,
    context: Pick<RequestContext, 'agents' | 'events'>,
  ): boolean {
    const rooms = this.#roomsOf(hostname, context);
    for (const room of rooms) context.events.emit(event, payload, room);
    if (rooms.length > 0) return true;
    if (this.#options.toAll) context.events.emit(event, payload);
    return this.#options.toAll;
  }

  #roomsOf(hostname: string, { agents }: Pick<RequestContext, 'agents'>): readonly string[] {
    const name = plain(hostname);
    if (EVERYBODY.has(name)) return [];
    const exact = agents.ofHostname(hostname);
    const found = exact.length > 0 ? exact : [...agents.list()].filter((entry) => plain(entry.hostname ?? '') === name);
    return found.map(({ agentId }) => agentId).filter((agentId) => this.#options.isInRoom(agentId));
  }
}

function plain(hostname: string): string {
  return trimmed(hostname).toLowerCase();
}
