/** A device's row as the document that writers merge into: summary, four lists, cpu (agents-http 7.3; operators 7.1). */
import { parseJson } from '../../legacy-bridge/values/parse-json.js';
import { integerOf } from '../../legacy-bridge/values/python-int.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { isPythonObject, type PythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import type { DeviceRecord } from '../repositories/device-repository.js';

/** Only the parts of the summary that a rewrite reads again. */
export function deviceSnapshot(row: DeviceRecord): PythonObject {
  const uptime = integerOrZero(row.uptime);
  return new Map<string, PythonValue>([
    [
      'summary',
      new Map<string, PythonValue>([
        ['agent_id', textOrEmpty(row.agentId)],
        ['device_type', textOrEmpty(row.deviceType)],
        ['domain', textOrEmpty(row.domain)],
        ['external_ip', textOrEmpty(row.externalIp)],
        ['internal_ip', textOrEmpty(row.internalIp)],
        ['last_reboot', textOrEmpty(row.lastReboot)],
        ['last_seen', integerOrZero(row.lastSeen)],
        ['last_user', textOrEmpty(row.lastUser)],
        ['operating_system', textOrEmpty(row.operatingSystem)],
        ['uptime', uptime],
        ['uptime_sec', uptime],
        ['connection_type', textOrEmpty(row.connectionType)],
        ['connection_endpoint', textOrEmpty(row.connectionEndpoint)],
        ['ansible_ee_ver', textOrEmpty(row.ansibleEeVer)],
      ]),
    ],
    ['memory', storedList(row.memory)],
    ['network', storedList(row.network)],
    ['software', storedList(row.software)],
    ['storage', storedList(row.storage)],
    ['cpu', storedObject(row.cpu)],
  ]);
}

/** The same with some fields of the summary replaced. */
export function withSummary(document: PythonObject, changes: Readonly<Record<string, PythonValue>>): PythonObject {
  const summary = document.get('summary');
  const stored = isPythonObject(summary) ? summary : new Map<string, PythonValue>();
  return new Map([...document, ['summary', new Map([...stored, ...Object.entries(changes)])]]);
}

function textOrEmpty(stored: string | null): string {
  return trimmed(stored ?? '');
}

/** What can't be read as a number reads as 0. */
export function integerOrZero(stored: string | null): bigint {
  return integerOf(stored ?? '0') ?? 0n;
}

function storedList(text: string | null): PythonValue {
  const value = parseJson(Buffer.from(text ?? ''));
  return Array.isArray(value) ? value : [];
}

function storedObject(text: string | null): PythonValue {
  const value = parseJson(Buffer.from(text ?? ''));
  return isPythonObject(value) ? value : new Map();
}
