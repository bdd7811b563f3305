/** The list of all agents with their hashes: rows first, then what memory knows better (agents-http 8.3). Pure. */
import { agentGuid } from '../../legacy-bridge/values/guid.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { type AgentEntry, isScriptHelper, serviceModeOf } from '../domain/agent-entry.js';
import type { KnownAgentHash } from '../domain/agent-hash.js';
import type { DeviceRecord } from '../repositories/device-repository.js';

/** Records that share agent id, guid or hostname (any case) are one: gaps are filled, a hash from memory wins. */
export function agentHashList(rows: readonly DeviceRecord[], entries: Iterable<AgentEntry>): readonly KnownAgentHash[] {
  const list = new Collection();
  for (const row of rows) list.add(ofRow(row));
  for (const entry of entries) if (isListed(entry)) list.add(ofEntry(entry));
  return list.sorted();
}

class Collection {
  readonly #records: KnownAgentHash[] = [];
  /** Place of the record that has an agent id, guid or hostname. */
  readonly #places = new Map<string, number>();

  add(record: KnownAgentHash): void {
    const keys = keysOf(record);
    const place = keys.map((key) => this.#places.get(key)).find((found) => found !== undefined);
    const known = place === undefined ? undefined : this.#records[place];
    const at = place ?? this.#records.length;
    const merged = known === undefined ? record : merge(known, record);
    this.#records[at] = merged;
    for (const key of [...keys, ...keysOf(merged)]) if (!this.#places.has(key)) this.#places.set(key, at);
  }

  sorted(): readonly KnownAgentHash[] {
    const keyOf = ({ hostname, agentId }: KnownAgentHash): string =>
      `${(hostname ?? '').toLowerCase()}\u0000${(agentId ?? '').toLowerCase()}`;
    return [...this.#records].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
  }
}

function merge(known: KnownAgentHash, record: KnownAgentHash): KnownAgentHash {
  const fromMemory = record.source === 'memory';
  return {
    agentId: known.agentId ?? record.agentId,
    guid: known.guid ?? record.guid,
    hostname: known.hostname ?? record.hostname,
    hash: fromMemory ? record.hash || known.hash : known.hash || record.hash,
    source: fromMemory ? 'memory' : known.source,
  };
}

function keysOf({ agentId, guid, hostname }: KnownAgentHash): readonly string[] {
  return [
    ...(agentId === undefined ? [] : [`id ${agentId.toLowerCase()}`]),
    ...(guid === undefined ? [] : [`guid ${guid.toLowerCase()}`]),
    ...(hostname === undefined ? [] : [`host ${hostname.toLowerCase()}`]),
  ];
}

/** Helpers that run scripts as the system are left out. */
function isListed({ agentId, serviceMode, isScriptAgent }: AgentEntry): boolean {
  const helper = isScriptHelper(agentId) || isScriptAgent === true;
  return !(helper && serviceModeOf(serviceMode, agentId) !== 'currentuser');
}

function ofRow(row: DeviceRecord): KnownAgentHash {
  return {
    agentId: trimmed(row.agentId ?? '') || undefined,
    guid: agentGuid(row.guid ?? '') || undefined,
    hostname: trimmed(row.hostname ?? '') || undefined,
    hash: trimmed(row.agentHash ?? ''),
    source: 'database',
  };
}

function ofEntry({ agentId, guid, hostname, hash = '' }: AgentEntry): KnownAgentHash {
  return { agentId, guid: guid || undefined, hostname: hostname || undefined, hash, source: 'memory' };
}
