/** Builds jobs and their changes from bodies (scheduler 3, 5). Fields are read before anything is demanded of them. */
import { hasLoneSurrogate } from '../../legacy-bridge/values/parse-json.js';
import { readIso } from '../../legacy-bridge/values/parse-zoned-iso.js';
import { textOf, trimmed } from '../../legacy-bridge/values/python-text.js';
import {
  isPythonObject,
  isTruthy,
  PythonFloat,
  type PythonObject,
  type PythonValue,
} from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';
import { targetCount } from '../domain/scheduling/job-targets.js';
import type { JobChange, JobFields } from '../domain/scheduling/scheduled-job.js';
import { momentOf, type Zone } from '../domain/scheduling/zone.js';
import { columnInteger, columnText, trimmedStringField, typedObject, writtenTypedObject } from './json-object.js';

const EMPTY: PythonObject = new Map();

/**
 * @param contentType the header
 * @param zone of starts that name none
 * @throws EngineError `invalid_request`, `job_fields_required`
 */
export function buildJob(body: Buffer, contentType: string | undefined, zone: Zone): JobFields {
  const object = typedObject(body, contentType);
  const duration = durationOf(object);
  const fields: JobFields = {
    name: trimmedStringField(object, 'name'),
    components: object.get('components') ?? null,
    targets: targetsOf(object.get('targets') ?? null),
    ...scheduleOf(object, zone),
    stopAfter: isTruthy(duration.get('stopAfterEnabled')) || isTruthy(object.get('duration_stop_enabled')),
    expiration: expirationOf(object, duration),
    executionContext: contextOf(object),
    credentialId: columnInteger(object.get('credential_id'), 'credential_id') ?? null,
    enabled: enabledOf(object),
  };
  if (fields.name === '' || !isTruthy(fields.components) || !isTruthy(fields.targets))
    throw new EngineError('job_fields_required');
  return fields;
}

/**
 * Only what is present. The schedule is one field: whoever names its type sets its start too.
 * @throws EngineError `invalid_request`, `job_nothing_to_update`
 */
export function buildJobChange(body: Buffer, contentType: string | undefined, zone: Zone): JobChange {
  const object = typedObject(body, contentType);
  const has = (...names: readonly string[]): boolean => names.some((name) => object.has(name));
  const duration = durationOf(object);
  const change: JobChange = {
    ...(has('name') ? { name: trimmedStringField(object, 'name') } : {}),
    ...(has('components') ? { components: orEmptyList(object.get('components')) } : {}),
    ...(has('targets') ? { targets: targetsOf(orEmptyList(object.get('targets'))) } : {}),
    ...(has('schedule', 'schedule_type') ? scheduleOf(object, zone) : {}),
    ...(has('duration', 'duration_stop_enabled')
      ? { stopAfter: isTruthy(duration.get('stopAfterEnabled')) || isTruthy(object.get('duration_stop_enabled')) }
      : {}),
    ...(has('expiration') || duration.has('expiration') ? { expiration: expirationOf(object, duration) } : {}),
    ...(has('execution_context') ? { executionContext: contextOf(object) } : {}),
    ...(has('credential_id')
      ? { credentialId: columnInteger(object.get('credential_id'), 'credential_id') ?? null }
      : {}),
    ...(has('enabled') ? { enabled: isTruthy(object.get('enabled')) } : {}),
  };
  if (Object.keys(change).length === 0) throw new EngineError('job_nothing_to_update');
  return change;
}

/**
 * Whether the job is to be enabled; true where nothing is said.
 * @throws EngineError `invalid_request` also for malformed JSON, which the legacy takes for nothing said
 */
export function buildToggle(body: Buffer, contentType: string | undefined): boolean {
  return enabledOf(writtenTypedObject(body, contentType));
}

function enabledOf(object: PythonObject): boolean {
  return object.has('enabled') ? isTruthy(object.get('enabled')) : true;
}

function orEmptyList(value: PythonValue | undefined): PythonValue {
  return isTruthy(value) ? (value ?? []) : [];
}

/** A number has no members: the legacy stores it, and can't show the job any more. */
function targetsOf(targets: PythonValue): PythonValue {
  if (!isTruthy(targets) || targetCount(targets) !== undefined) return targets;
  throw new EngineError('invalid_request', { detail: 'targets: a list of hostnames' });
}

function durationOf(object: PythonObject): PythonObject {
  const duration = object.get('duration');
  if (duration === undefined || !isTruthy(duration)) return EMPTY;
  if (isPythonObject(duration)) return duration;
  throw new EngineError('invalid_request', { detail: 'duration: an object' });
}

function scheduleOf(object: PythonObject, zone: Zone): Pick<JobFields, 'scheduleType' | 'start'> {
  const schedule = object.get('schedule') ?? EMPTY;
  if (object.get('schedule') === null || !isPythonObject(schedule))
    throw new EngineError('invalid_request', { detail: 'schedule: an object' });
  const [first, second] = [schedule.get('type'), object.get('schedule_type')];
  const type = isTruthy(first)
    ? trimmedStringField(schedule, 'type')
    : isTruthy(second)
      ? trimmedStringField(object, 'schedule_type')
      : 'immediately';
  const start = schedule.get('start');
  return { scheduleType: type.toLowerCase(), start: startOf(isTruthy(start) ? start : object.get('start'), zone) };
}

/** Epoch seconds; null where the legacy reads nothing. */
function startOf(value: PythonValue | undefined, zone: Zone): bigint | null {
  if (value === undefined || !isTruthy(value)) return null;
  if (typeof value === 'bigint' || typeof value === 'boolean' || value instanceof PythonFloat) {
    const start = columnInteger(value, 'start');
    if (start === undefined) throw new EngineError('invalid_request', { detail: 'start: a finite number' });
    return start;
  }
  const read = readIso(trimmed(textOf(value)).replaceAll('Z', '+00:00'));
  if (read === undefined) return null;
  const { wallMs, offsetMs } = read;
  const ms = offsetMs === undefined ? localMs(wallMs, zone) : wallMs - offsetMs;
  return BigInt(Math.trunc(ms / 1000));
}

function localMs(wallMs: number, zone: Zone): number {
  const seconds = Math.floor(wallMs / 1000);
  return momentOf(seconds, zone) * 1000 + (wallMs - seconds * 1000);
}

/** Numbers and `true` as text, as the column keeps them. */
function expirationOf(object: PythonObject, duration: PythonObject): string {
  const [nested, flat] = [duration.get('expiration'), object.get('expiration')];
  const value = isTruthy(nested) ? nested : flat;
  if (value === undefined || !isTruthy(value)) return 'no_expire';
  return value === true ? '1' : columnText(value, 'expiration');
}

/** Of nothing `system`; blank text stays blank. */
function contextOf(object: PythonObject): string {
  const context = object.get('execution_context');
  if (!isTruthy(context)) return 'system';
  if (typeof context !== 'string' || hasLoneSurrogate(context))
    throw new EngineError('invalid_request', { detail: 'execution_context: text' });
  return trimmed(context).toLowerCase();
}
