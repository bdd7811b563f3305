/** Builds a heartbeat from a body (agents-http 7.2). Unknown fields, and known ones of no use, are passed over. */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import {
  isPythonObject,
  isTruthy,
  type PythonObject,
  type PythonValue,
} from '../../legacy-bridge/values/python-value.js';
import { storedJson } from '../../legacy-bridge/values/stored-json.js';
import type { Heartbeat } from '../domain/heartbeat.js';
import { columnInteger, columnText, writtenObject } from './json-object.js';

/** @throws EngineError `invalid_request` for values that the legacy crashes on, or stores in Python's form */
export function buildHeartbeat(body: Buffer): Heartbeat {
  const object = writtenObject(body);
  const inventory = objectAt(object, 'inventory');
  const metrics = objectAt(object, 'metrics');
  const uptime = metrics.get('uptime');
  return {
    hostname: hostnameOf(object),
    memory: stored(inventory, 'memory'),
    network: stored(inventory, 'network'),
    software: stored(inventory, 'software'),
    storage: stored(inventory, 'storage'),
    cpu: stored(inventory, 'cpu'),
    lastUser: text(metrics, 'last_user', 'metrics.last_user'),
    operatingSystem: text(metrics, 'operating_system', 'metrics.operating_system'),
    uptime: columnInteger(uptime, 'metrics.uptime'),
    externalIp: text(object, 'external_ip'),
    internalIp: text(object, 'internal_ip'),
    deviceType: text(object, 'device_type'),
  };
}

const NOTHING: PythonObject = new Map();

function objectAt(object: PythonObject, name: string): PythonObject {
  const value = object.get(name);
  return isPythonObject(value) ? value : NOTHING;
}

function hostnameOf(object: PythonObject): string | undefined {
  const value = object.get('hostname');
  if (typeof value !== 'string' || trimmed(value) === '') return undefined;
  return columnText(trimmed(value), 'hostname');
}

/** JSON of any type; null is passed over. */
function stored(inventory: PythonObject, name: string): string | undefined {
  const value: PythonValue = inventory.get(name) ?? null;
  return value === null ? undefined : storedJson(value);
}

function text(object: PythonObject, name: string, field = name): string | undefined {
  const value = object.get(name);
  return value === undefined || !isTruthy(value) ? undefined : columnText(value, field);
}
