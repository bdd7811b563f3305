/** Tells and takes the hash of the build that an agent runs (agents-http 8). Open to anyone, as in the legacy. */
import { agentGuid } from '../../legacy-bridge/values/guid.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { deviceSnapshot, withSummary } from '../builders/device-snapshot.js';
import { deviceValues } from '../builders/device-values.js';
import type { AgentEntry } from '../domain/agent-entry.js';
import type { AgentHashQuery, AgentHashReport, KnownAgentHash } from '../domain/agent-hash.js';
import type { DeviceRecord, DeviceRepository } from '../repositories/device-repository.js';
import { agentHashList } from './agent-hash-list.js';
import type { AgentMemory, RequestContext } from './request-context.js';
import { writeTime } from './write-time.js';

/** A hash that was stored, with whose it is. */
export interface StoredAgentHash {
  readonly hash: string;
  readonly agentId: string | undefined;
  readonly hostname: string | undefined;
  readonly guid: string | undefined;
}

export class AgentHashService {
  /** By guid, else by agent id; each from memory first, then from the table. */
  async find(
    { guid, agentId }: AgentHashQuery,
    { unitOfWork, agents }: RequestContext,
  ): Promise<KnownAgentHash | undefined> {
    const known = guid === '' ? undefined : ofFirstEntry(agents, guid);
    if (known !== undefined) return known;
    return await unitOfWork.read(async ({ devices }) => {
      const byGuid = guid === '' ? undefined : await devices.findRecordByGuidInAnyCase(guid);
      // Here, and here alone, the hostname is told though it be empty.
      if (byGuid !== undefined)
        return { ...ofRow(byGuid, byGuid.agentId || undefined), hostname: byGuid.hostname ?? '' };
      if (agentId === '') return undefined;
      const entry = agents.find(agentId);
      if (entry?.hash) return ofEntry(entry);
      const row = await rowOfAgent(agentId, devices);
      return row === undefined || trimmed(row.agentHash ?? '') === '' ? undefined : ofRow(row, agentId);
    });
  }

  /** Every agent that the table or memory knows. */
  async list({ unitOfWork, agents }: RequestContext): Promise<readonly KnownAgentHash[]> {
    const rows = await unitOfWork.read(({ devices }) => devices.listRecords());
    return agentHashList(rows, agents.list());
  }

  /**
   * Stores the hash in the row of the guid, else in the one that the agent id leads to.
   * @returns undefined when there is neither: nothing was stored
   */
  async store(
    report: AgentHashReport,
    { unitOfWork, clock, agents }: RequestContext,
  ): Promise<StoredAgentHash | undefined> {
    const at = writeTime(clock.now());
    const stored = await unitOfWork.write(async ({ devices }) => {
      const row = await rowToWrite(report, devices);
      if (row === undefined) return undefined;
      const document = deviceSnapshot(row);
      const changed = report.agentId === '' ? document : withSummary(document, { agent_id: report.agentId });
      await devices.rewrite(
        row.rowId,
        deviceValues(changed, { description: row.description, agentHash: report.hash }),
        at,
      );
      // A device that has a guid keeps it: its token knows no other.
      if (row.guid === null && report.guid !== '') await devices.setGuid(row.rowId, report.guid);
      const agentId = report.agentId || trimmed(row.agentId ?? '');
      return {
        hash: report.hash,
        agentId: agentId || undefined,
        hostname: row.hostname || undefined,
        guid: agentGuid(row.guid ?? report.guid) || undefined,
      };
    });
    if (stored !== undefined) teach(agents, stored);
    return stored;
  }
}

async function rowToWrite(
  { guid, agentId }: AgentHashReport,
  devices: DeviceRepository,
): Promise<DeviceRecord | undefined> {
  const byGuid = guid === '' ? undefined : await devices.findRecordByGuidInAnyCase(guid);
  return byGuid ?? (await rowOfHost(agentId, devices));
}

/** The row of the host that the agent id begins with, else one of exactly this agent id. */
async function rowOfAgent(agentId: string, devices: DeviceRepository): Promise<DeviceRecord | undefined> {
  return (await rowOfHost(agentId, devices)) ?? (await devices.findRecordByAgentId(agentId));
}

async function rowOfHost(agentId: string, devices: DeviceRepository): Promise<DeviceRecord | undefined> {
  // The first one counts: an id that begins with it names no host, whatever follows.
  const cut = agentId.toLowerCase().indexOf('-agent');
  return cut < 1 ? undefined : await devices.findRecordByHostOfAgent(agentId.slice(0, cut).toLowerCase(), agentId);
}

/** Of several entries of a guid only the first counts. */
function ofFirstEntry(agents: AgentMemory, guid: string): KnownAgentHash | undefined {
  for (const entry of agents.list()) if (entry.guid === guid) return entry.hash ? ofEntry(entry) : undefined;
  return undefined;
}

function ofEntry({ agentId, guid, hostname, hash = '' }: AgentEntry): KnownAgentHash {
  return { agentId, guid: guid || undefined, hostname: hostname || undefined, hash, source: 'memory' };
}

function ofRow(row: DeviceRecord, agentId: string | undefined): KnownAgentHash {
  return {
    agentId,
    guid: agentGuid(row.guid ?? '') || undefined,
    hostname: row.hostname || undefined,
    hash: trimmed(row.agentHash ?? ''),
    source: 'database',
  };
}

/** Entries of the guid, the agent id or the hostname learn both. One of another device's guid keeps it. */
function teach(agents: AgentMemory, { hash, agentId, hostname, guid }: StoredAgentHash): void {
  for (const entry of [...agents.list()]) {
    const named = entry.agentId === agentId || (hostname !== undefined && entry.hostname === hostname);
    if (guid !== undefined && entry.guid === guid) agents.learn(entry.agentId, { hash });
    else if (named) agents.learn(entry.agentId, { hash, ...(entry.guid || guid === undefined ? {} : { guid }) });
  }
}
