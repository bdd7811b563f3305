/**
 * The agents that this process knows of (agents-http 1.6, sockets 4): loaded from the devices at start, then told by what agents
 * send. Lost at restart. Bounded, since whoever has a device's token may name any number of agent ids.
 */
import { agentGuid } from '../../legacy-bridge/values/guid.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { integerOrZero } from '../builders/device-snapshot.js';
import type { AgentEntry, AgentFacts } from '../domain/agent-entry.js';
import type { DeviceRecord } from '../repositories/device-repository.js';
import type { AgentMemory } from './request-context.js';

const MOST_AGENTS = 100_000;

export class AgentRegistry implements AgentMemory {
  readonly #entries = new Map<string, AgentEntry>();
  readonly #most: number;

  /** @param most entries at once; beyond that the one registered first goes */
  constructor(most = MOST_AGENTS) {
    this.#most = most;
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

  learn(agentId: string, facts: AgentFacts): void {
    this.#entries.set(agentId, { ...this.#entries.get(agentId), ...facts, agentId });
    if (this.#entries.size <= this.#most) return;
    for (const first of this.#entries.keys()) {
      this.#entries.delete(first);
      return;
    }
  }

  forget(agentId: string): boolean {
    return this.#entries.delete(agentId);
  }

  /** For dry runs: what it learns and forgets, it does for itself alone. */
  dryView(): AgentMemory {
    // Undefined: forgotten.
    const own = new Map<string, AgentEntry | undefined>();
    const entries = this.#entries;
    const find = (agentId: string): AgentEntry | undefined =>
      own.has(agentId) ? own.get(agentId) : entries.get(agentId);
    return {
      find,
      *list() {
        for (const [agentId, entry] of entries) {
          const seen = own.has(agentId) ? own.get(agentId) : entry;
          if (seen !== undefined) yield seen;
        }
        for (const [agentId, entry] of own) if (entry !== undefined && !entries.has(agentId)) yield entry;
      },
      learn: (agentId, facts) => void own.set(agentId, { ...find(agentId), ...facts, agentId }),
      forget: (agentId) => {
        const known = find(agentId) !== undefined;
        own.set(agentId, undefined);
        return known;
      },
    };
  }
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
