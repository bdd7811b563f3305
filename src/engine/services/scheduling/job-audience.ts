/**
 * Whom a job is told: the agents of its host alone. The legacy tells every client, scripts and their secrets included (scheduler.md F18,
 * assemblies-and-runs.md F2); so does the engine where the operator says that others listen. Agents go by the host that the job names.
 */
import { trimmed } from '../../../legacy-bridge/values/python-text.js';
import type { AgentEntry } from '../../domain/agent-entry.js';
import type { RequestContext } from '../request-context.js';

export interface JobAudienceOptions {
  /** Tell every client, as the legacy does. */
  readonly toAll: boolean;
  /** Whether any client has joined this agent's room. */
  readonly isInRoom: (agentId: string) => boolean;
}

/** Names of hosts that every agent takes for its own (agent-protocol 7). */
const EVERYBODY: ReadonlySet<string> = new Set(['', 'unknown', '*', '(unknown)']);

type Told = Pick<RequestContext, 'agents' | 'events'>;

export class JobAudience {
  readonly #options: JobAudienceOptions;

  constructor(options: JobAudienceOptions) {
    this.#options = options;
  }

  /** Who is there now: for as many hosts as are told at once, since agents are looked through once for all of them. */
  now(context: Told): PresentAudience {
    return new PresentAudience(this.#options, context);
  }

  /** As `now` does, for one host. */
  tell(hostname: string, event: string, payload: unknown, context: Told): void {
    this.now(context).tell(hostname, event, payload);
  }
}

export class PresentAudience {
  readonly #options: JobAudienceOptions;
  readonly #context: Told;
  /** Agent ids by plain name of their host. */
  #byName: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(options: JobAudienceOptions, context: Told) {
    this.#options = options;
    this.#context = context;
  }

  /** To the agents of that host; to all when none of them is known to be there, for the run has begun and must not be lost. */
  tell(hostname: string, event: string, payload: unknown): void {
    const { events } = this.#context;
    const rooms = this.#options.toAll ? [] : this.#roomsOf(hostname);
    if (rooms.length === 0) events.emit(event, payload);
    for (const room of rooms) events.emit(event, payload, room);
  }

  /**
   * Who may hear a secret of that host: its agents alone, wherever they are known; everybody, as the legacy does, only where jobs go to
   * all and nobody is.
   * @returns rooms to tell it in, undefined for everybody; none when nobody may hear it
   */
  secretRooms(hostname: string): readonly (string | undefined)[] {
    const rooms = this.#roomsOf(hostname);
    return rooms.length === 0 && this.#options.toAll ? [undefined] : rooms;
  }

  #roomsOf(hostname: string): readonly string[] {
    const name = plain(hostname);
    if (EVERYBODY.has(name)) return [];
    const exact = this.#context.agents.ofHostname(hostname);
    const found = exact.length > 0 ? exact.map(({ agentId }) => agentId) : (this.#named().get(name) ?? []);
    return found.filter((agentId) => this.#options.isInRoom(agentId));
  }

  #named(): ReadonlyMap<string, readonly string[]> {
    this.#byName ??= byName(this.#context.agents.list());
    return this.#byName;
  }
}

function byName(entries: Iterable<Readonly<AgentEntry>>): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { agentId, hostname = '' } of entries) {
    const known = names.get(plain(hostname));
    if (known === undefined) names.set(plain(hostname), [agentId]);
    else known.push(agentId);
  }
  return names;
}

function plain(hostname: string): string {
  return trimmed(hostname).toLowerCase();
}
