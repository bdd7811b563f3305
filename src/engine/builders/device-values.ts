/** The columns of a device's row from a whole document (agents-http 7.6). */

import { trimmed } from '../../legacy-bridge/values/python-text.js';
import {
  isPythonObject,
  isTruthy,
  type PythonObject,
  type PythonValue,
} from '../../legacy-bridge/values/python-value.js';
import { storedJson } from '../../legacy-bridge/values/stored-json.js';
import type { DeviceValues } from '../domain/device-values.js';
import { columnInteger, columnText } from './json-object.js';

/** Names under which agents send a value; the first truthy one counts. */
const TEXTS = {
  deviceType: ['device_type', 'type'],
  domain: ['domain'],
  externalIp: ['external_ip', 'public_ip'],
  internalIp: ['internal_ip', 'private_ip'],
  lastReboot: ['last_reboot', 'last_boot'],
  lastUser: ['last_user', 'last_user_name', 'username'],
  operatingSystem: ['operating_system', 'agent_operating_system', 'os'],
  agentId: ['agent_id'],
  ansibleEeVer: ['ansible_ee_ver'],
  connectionType: ['connection_type', 'remote_type'],
  connectionEndpoint: ['connection_endpoint', 'connection_address', 'address', 'external_ip', 'internal_ip'],
} as const;
const UPTIMES = ['uptime_sec', 'uptime_seconds', 'uptime'];

export interface DeviceValueSources {
  /** As stored; replaces itself. */
  readonly description: string | null;
  /** Of the request, else as stored. */
  readonly agentHash: string;
}

/** @throws EngineError `invalid_request`: a value that its column can't hold */
export function deviceValues(document: PythonObject, sources: DeviceValueSources): DeviceValues {
  const summary = asObject(document.get('summary'));
  const text = (names: readonly string[]): string | null => textColumn(summary, names);
  const summaryCpu = summary.get('cpu');
  return {
    description: sources.description ?? '',
    memory: inventory(document.get('memory'), '[]'),
    network: inventory(document.get('network'), '[]'),
    software: inventory(document.get('software'), '[]'),
    storage: inventory(document.get('storage'), '[]'),
    cpu: inventory(isTruthy(summaryCpu) ? summaryCpu : document.get('cpu'), '{}'),
    agentHash: nullIfEmpty(trimmed(sources.agentHash)),
    deviceType: text(TEXTS.deviceType),
    domain: text(TEXTS.domain),
    externalIp: text(TEXTS.externalIp),
    internalIp: text(TEXTS.internalIp),
    lastReboot: text(TEXTS.lastReboot),
    lastSeen: nullIfZero(columnInteger(summary.get('last_seen'), 'details.summary.last_seen')),
    lastUser: text(TEXTS.lastUser),
    operatingSystem: text(TEXTS.operatingSystem),
    uptime: nullIfZero(columnInteger(firstTruthy(summary, UPTIMES)?.value, 'details.summary.uptime_sec')),
    agentId: text(TEXTS.agentId),
    ansibleEeVer: text(TEXTS.ansibleEeVer),
    connectionType: text(TEXTS.connectionType),
    connectionEndpoint: text(TEXTS.connectionEndpoint),
  };
}

/** An object or a list as it is; anything else is stored as an empty one. */
function inventory(value: PythonValue | undefined, empty: string): string {
  return isPythonObject(value) || Array.isArray(value) ? storedJson(value) : empty;
}

function textColumn(summary: PythonObject, names: readonly string[]): string | null {
  const first = firstTruthy(summary, names);
  return first === undefined ? null : nullIfEmpty(trimmed(columnText(first.value, `details.summary.${first.name}`)));
}

function firstTruthy(
  summary: PythonObject,
  names: readonly string[],
): { readonly name: string; readonly value: PythonValue } | undefined {
  for (const name of names) {
    const value = summary.get(name);
    if (value !== undefined && isTruthy(value)) return { name, value };
  }
  return undefined;
}

function asObject(value: PythonValue | undefined): PythonObject {
  return isPythonObject(value) ? value : new Map();
}

function nullIfEmpty(text: string): string | null {
  return text === '' ? null : text;
}

function nullIfZero(value: bigint | undefined): bigint | null {
  return value === undefined || value === 0n ? null : value;
}
