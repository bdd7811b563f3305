/** Takes a device's report of itself into its row, its keys and the registry (agents-http 7.3). */
import { agentGuid } from '../../legacy-bridge/values/guid.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { isTruthy, type PythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import { deviceSnapshot, integerOrZero } from '../builders/device-snapshot.js';
import { deviceValues } from '../builders/device-values.js';
import type { AdmittedDevice } from '../domain/admitted-device.js';
import type { AgentFacts } from '../domain/agent-entry.js';
import { deepMerge } from '../domain/deep-merge.js';
import type { DetailsFacts, DetailsReport } from '../domain/details-report.js';
import type { DeviceValues } from '../domain/device-values.js';
import { EngineError } from '../domain/engine-error.js';
import type { DeviceRecord } from '../repositories/device-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import type { AgentMemory, RequestContext } from './request-context.js';
import { writeTime } from './write-time.js';

export class DetailsService {
  /**
   * @throws EngineError `guid_mismatch` when the hostname is another device's; `invalid_request` for values that do not fit what
   * is stored; `device_not_registered` when the row has gone since the device was admitted
   */
  async record(device: AdmittedDevice, report: DetailsReport, context: RequestContext): Promise<void> {
    const { unitOfWork, clock, random, agents } = context;
    const at = writeTime(clock.now());
    const keyId = random.uuid();
    const values = await unitOfWork.write(async (repositories) => {
      const { row, rename } = await rowToWrite(device, report.hostname, repositories);
      const facts = report.facts();
      const written = mergedValues(row, report, facts, device, agents);
      await repositories.devices.rewrite(row.rowId, written, at);
      if (rename) await repositories.devices.rename(row.rowId, report.hostname);
      const key = { fingerprint: device.fingerprint, addedAt: at.iso };
      await repositories.devices.recordKey(row.rowId, key);
      await repositories.deviceKeys.insertIfMissing({ id: keyId, guid: agentGuid(device.guid), ...key });
      return { written, agentHash: facts.agentHash };
    });
    teach(agents, device, report.hostname, values);
  }
}

/**
 * The device's own row, whatever the hostname: a new one renames it, unless it is blank. A row of that name that is this device in another
 * spelling is its own too; one that belongs to nobody keeps its name, as it does for heartbeats.
 */
async function rowToWrite(
  { guid }: AdmittedDevice,
  hostname: string,
  { devices }: Repositories,
): Promise<{ readonly row: DeviceRecord; readonly rename: boolean }> {
  const named = await devices.findRecordByHostname(hostname);
  const owner = agentGuid(named?.guid ?? '');
  if (named !== undefined && owner === agentGuid(guid)) return { row: named, rename: false };
  if (owner !== '') throw new EngineError('guid_mismatch');
  const row = await devices.findRecordByGuid(guid);
  if (row === undefined) throw new EngineError('device_not_registered');
  return { row, rename: named === undefined && trimmed(hostname) !== '' };
}

function mergedValues(
  row: DeviceRecord,
  { document, hostname }: DetailsReport,
  facts: DetailsFacts,
  device: AdmittedDevice,
  agents: AgentMemory,
): DeviceValues {
  const summary = completedSummary(row, facts, hostname, device, agents);
  const sent = new Map<string, PythonValue>(document).set('summary', summary);
  const merged = deepMerge(deviceSnapshot(row), sent, 'details');
  return deviceValues(merged, { description: row.description, agentHash: facts.agentHash || (row.agentHash ?? '') });
}

/** The sent summary with what the call itself tells. */
function completedSummary(
  row: DeviceRecord,
  { summary, agentId }: DetailsFacts,
  hostname: string,
  { guid }: AdmittedDevice,
  agents: AgentMemory,
): PythonObject {
  const completed = new Map<string, PythonValue>(summary);
  if (agentId !== '' && !isTruthy(summary.get('agent_id'))) completed.set('agent_id', agentId);
  if (!isTruthy(summary.get('hostname'))) completed.set('hostname', hostname);
  completed.set('agent_guid', guid);
  if (!isTruthy(summary.get('last_seen'))) {
    const named = completed.get('agent_id');
    const known = typeof named === 'string' ? agents.find(named)?.lastSeen : undefined;
    completed.set('last_seen', known || integerOrZero(row.lastSeen));
  }
  return completed;
}

/**
 * The entry of the agent id, and those of the hostname, learn hash and guid; none is made. An entry of another device
 * learns nothing: it would shut that device out of its service account.
 */
function teach(
  agents: AgentMemory,
  device: AdmittedDevice,
  hostname: string,
  { written, agentHash }: { readonly written: DeviceValues; readonly agentHash: string },
): void {
  const guid = agentGuid(device.guid);
  const hash = agentHash === '' ? {} : { hash: agentHash };
  for (const entry of [...agents.list()]) {
    if (entry.guid !== undefined && entry.guid !== guid) continue;
    if (entry.agentId === written.agentId) agents.learn(entry.agentId, { ...hash, guid, ...machineFacts(written) });
    else if (entry.hostname === hostname) agents.learn(entry.agentId, { ...hash, guid });
  }
}

function machineFacts({ operatingSystem, deviceType }: DeviceValues): AgentFacts {
  return {
    ...(operatingSystem === null ? {} : { operatingSystem }),
    ...(deviceType === null ? {} : { deviceType }),
  };
}
