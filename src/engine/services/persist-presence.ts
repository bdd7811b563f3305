/**
 * Notes in the row of a hostname who was seen (sockets 4.4): the row is rewritten whole, which straightens what is odd in it, or made
 * when there is none.
 */
import { agentGuid } from '../../legacy-bridge/values/guid.js';
import type { PythonValue } from '../../legacy-bridge/values/python-value.js';
import { deviceSnapshot, withSummary } from '../builders/device-snapshot.js';
import { deviceValues } from '../builders/device-values.js';
import type { PresenceNote } from '../domain/presence.js';
import type { DeviceRepository, WriteTime } from '../repositories/device-repository.js';

export async function persistPresence(note: PresenceNote, devices: DeviceRepository, at: WriteTime): Promise<void> {
  const row = await devices.findRecordByHostname(note.hostname);
  if (row === undefined) {
    const rowId = await devices.insertSeen(note.hostname, at);
    await devices.rewrite(
      rowId,
      deviceValues(withSummary(EMPTY, summaryOf(note)), { description: '', agentHash: '' }),
      at,
    );
    return;
  }
  const document = withSummary(deviceSnapshot(row), summaryOf(note));
  const values = deviceValues(document, { description: row.description, agentHash: row.agentHash ?? '' });
  await devices.rewrite(row.rowId, values, at);
  const guid = agentGuid(row.guid ?? '');
  if (row.guid !== null && guid !== row.guid && guid !== '') await devices.respellGuid(row.guid, guid);
}

const EMPTY: ReadonlyMap<string, PythonValue> = new Map([
  ['memory', []],
  ['network', []],
  ['software', []],
  ['storage', []],
]);

function summaryOf({ agentId, lastSeen, lastUser }: PresenceNote): Readonly<Record<string, PythonValue>> {
  return {
    ...(agentId === undefined ? {} : { agent_id: agentId }),
    ...(lastSeen === undefined ? {} : { last_seen: lastSeen }),
    ...(lastUser === undefined ? {} : { last_user: lastUser }),
  };
}
