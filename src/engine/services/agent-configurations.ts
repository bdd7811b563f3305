/** What operators provisioned agents with (sockets 4, 6). Lost at restart. Bounded, since anyone may provision any id. */
import type { PythonValue } from '../../legacy-bridge/values/python-value.js';
import { BoundedCache } from './bounded-cache.js';
import type { AgentRoles, ConfigurationMemory } from './request-context.js';

const MOST = 20_000;
const MOST_BYTES = 64_000_000;

export class AgentConfigurations implements ConfigurationMemory {
  readonly #kept: BoundedCache<AgentRoles>;

  constructor(monotonic: () => number) {
    this.#kept = new BoundedCache({ most: MOST, mostBytes: MOST_BYTES, monotonic });
  }

  find(agentId: string): AgentRoles | undefined {
    return this.#kept.get(agentId);
  }

  keep(agentId: string, roles: AgentRoles): void {
    this.#kept.set(agentId, roles, 2 * agentId.length + sizeOf(roles));
  }

  forget(agentId: string): void {
    this.#kept.delete(agentId);
  }

  /** For dry runs: what it keeps and forgets, it does for itself alone. */
  dryView(): ConfigurationMemory {
    const own = new Map<string, AgentRoles | undefined>();
    return {
      find: (agentId) => (own.has(agentId) ? own.get(agentId) : this.find(agentId)),
      keep: (agentId, roles) => void own.set(agentId, roles),
      forget: (agentId) => void own.set(agentId, undefined),
    };
  }
}

/** Bytes that a value takes in memory, about. */
function sizeOf(value: PythonValue): number {
  if (typeof value === 'string') return 2 * value.length + 16;
  if (Array.isArray(value))
    return (value as readonly PythonValue[]).reduce<number>((sum, item) => sum + sizeOf(item), 32);
  if (!(value instanceof Map)) return 16;
  let size = 64;
  for (const [key, item] of value as ReadonlyMap<string, PythonValue>) size += 2 * key.length + 32 + sizeOf(item);
  return size;
}
