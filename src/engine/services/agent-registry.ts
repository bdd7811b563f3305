/**
 * The agents that this process knows of (agents-http 1.6, sockets 4): loaded from the devices at start, then told by what agents
 * send. Lost at restart. Bounded, since anyone may name any number of agent ids; those that never told a hostname age.
 */
import { agentGuid } from '../../legacy-bridge/values/guid.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { integerOrZero } from '../builders/device-snapshot.js';
import { type AgentEntry, type AgentFacts, type ServiceMode, serviceModeOf } from '../domain/agent-entry.js';
import type { DeviceRecord } from '../repositories/device-repository.js';
import { OrderedIds } from './ordered-ids.js';
import type { AgentMemory } from './request-context.js';

const MOST_AGENTS = 100_000;
const KEEP_NAMELESS_MS = 24 * 60 * 60 * 1000;

export interface AgentRegistryOptions {
  /** Entries at once; beyond that the one goes of which nothing was heard for longest. */
  readonly most?: number;
  /** Milliseconds that never go back. Default: nothing ages. */
  readonly monotonic?: () => number;
}

export class AgentRegistry implements AgentMemory {
  /** In order of registration. */
  readonly #entries = new Map<string, AgentEntry>();
  readonly #byHost: Readonly<Record<ServiceMode, Map<string, OrderedIds>>> = {
    system: new Map(),
    currentuser: new Map(),
  };
  /** By id the count of registrations before it; the one of which nothing was heard for longest is first. */
  readonly #heard = new Map<string, number>();
  /** When those without a hostname were heard, in that order. */
  readonly #nameless = new Map<string, number>();
  #registrations = 0;
  readonly #most: number;
  readonly #monotonic: () => number;

  constructor({ most = MOST_AGENTS, monotonic = () => 0 }: AgentRegistryOptions = {}) {
    this.#most = most;
    this.#monotonic = monotonic;
  }

  /** One entry per row, under its agent id, else its hostname. */
  load(rows: readonly DeviceRecord[]): void {
    for (const row of rows) {
      const agentId = trimmed(row.agentId ?? '') || (row.hostname ?? '');
      if (agentId !== '') this.learn(agentId, factsOf(row));
    }
  }

  find(agentId: string): AgentEntry | undefined {
    return this.#entries.get(agentId);
  }

  list(): Iterable<AgentEntry> {
    return this.#entries.values();
  }

  ofHostname(hostname: string): readonly AgentEntry[] {
    const { system, currentuser } = this.#byHost;
    const [some, others] = [[...(system.get(hostname) ?? [])], [...(currentuser.get(hostname) ?? [])]];
    const placed = [...some, ...others];
    if (some.length > 0 && others.length > 0) placed.sort((a, b) => a.registration - b.registration);
    return placed.map(({ id }) => this.#entries.get(id)).filter((entry) => entry !== undefined);
  }

  *ofHostAndMode(hostname: string, mode: ServiceMode): Iterable<AgentEntry> {
    for (const { id } of this.#byHost[mode].get(hostname) ?? []) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) yield entry;
    }
  }

  learn(agentId: string, facts: AgentFacts): void {
    const known = this.#entries.get(agentId);
    const entry: AgentEntry = { ...known, ...facts, agentId };
    this.#entries.set(agentId, entry);
    this.#hear(entry);
    if (known === undefined || known.hostname !== entry.hostname || modeOf(known) !== modeOf(entry)) {
      this.#unindex(known);
      this.#index(entry);
    }
    this.#letGo();
  }

  forget(agentId: string): boolean {
    this.#unindex(this.#entries.get(agentId));
    this.#heard.delete(agentId);
    this.#nameless.delete(agentId);
    return this.#entries.delete(agentId);
  }

  #hear({ agentId, hostname = 'unknown' }: AgentEntry): void {
    const registration = this.#heard.get(agentId) ?? this.#registrations++;
    this.#heard.delete(agentId);
    this.#heard.set(agentId, registration);
    this.#nameless.delete(agentId);
    if (hostname === 'unknown') this.#nameless.set(agentId, this.#monotonic());
  }

  /** What is too much or too old. An entry with a hostname stands for a device, and does not age. */
  #letGo(): void {
    for (const agentId of this.#heard.keys()) {
      if (this.#entries.size <= this.#most) break;
      this.forget(agentId);
    }
    const oldest = this.#monotonic() - KEEP_NAMELESS_MS;
    for (const [agentId, at] of this.#nameless) {
      if (at > oldest) break;
      this.forget(agentId);
    }
  }

  #index(entry: AgentEntry): void {
    const { hostname, agentId } = entry;
    if (hostname === undefined) return;
    const hosts = this.#byHost[modeOf(entry)];
    const ids = hosts.get(hostname) ?? new OrderedIds();
    hosts.set(hostname, ids);
    // An entry may have got its hostname later than one that was registered after it.
    ids.add(agentId, this.#heard.get(agentId) ?? 0);
  }

  #unindex(entry: AgentEntry | undefined): void {
    if (entry?.hostname === undefined) return;
    const hosts = this.#byHost[modeOf(entry)];
    const ids = hosts.get(entry.hostname);
    ids?.remove(entry.agentId);
    if (ids?.size === 0) hosts.delete(entry.hostname);
  }

  /** For dry runs: what it learns and forgets, it does for itself alone. */
  dryView(): AgentMemory {
    // Undefined: forgotten.
    const own = new Map<string, AgentEntry | undefined>();
    const entries = this.#entries;
    const find = (agentId: string): AgentEntry | undefined =>
      own.has(agentId) ? own.get(agentId) : entries.get(agentId);
    function* list(): Iterable<AgentEntry> {
      for (const [agentId, entry] of entries) {
        const seen = own.has(agentId) ? own.get(agentId) : entry;
        if (seen !== undefined) yield seen;
      }
      for (const [agentId, entry] of own) if (entry !== undefined && !entries.has(agentId)) yield entry;
    }
    return {
      find,
      list,
      ofHostname: (hostname) => [...list()].filter((entry) => entry.hostname === hostname),
      ofHostAndMode: (hostname, mode) =>
        [...list()].filter((entry) => entry.hostname === hostname && modeOf(entry) === mode),
      learn: (agentId, facts) => void own.set(agentId, { ...find(agentId), ...facts, agentId }),
      forget: (agentId) => {
        const known = find(agentId) !== undefined;
        own.set(agentId, undefined);
        return known;
      },
    };
  }
}

function modeOf({ serviceMode, agentId }: AgentEntry): ServiceMode {
  return serviceModeOf(serviceMode, agentId);
}

function factsOf(row: DeviceRecord): AgentFacts {
  const hash = trimmed(row.agentHash ?? '');
  const guid = agentGuid(row.guid ?? '');
  return {
    announced: true,
    ...(row.hostname === null ? {} : { hostname: row.hostname }),
    operatingSystem: row.operatingSystem || '-',
    deviceType: row.deviceType ?? '',
    lastSeen: integerOrZero(row.lastSeen),
    status: 'Offline',
    ...(hash === '' ? {} : { hash }),
    ...(guid === '' ? {} : { guid }),
  };
}
