/** Builds the result of a quick job from its event (sockets 5). */
import { hasLoneSurrogate } from '../../legacy-bridge/values/parse-json.js';
import { integerOf } from '../../legacy-bridge/values/python-int.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { PythonFloat } from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';
import type { EventArgument } from '../domain/event-argument.js';
import { type EventValue, isEventObject, isTruthyEvent, plainValue } from '../domain/event-value.js';
import type { JobOutput, JobResult } from '../domain/job-result.js';

const MOST_INTEGER = 2n ** 63n;

/**
 * @returns undefined for what the legacy takes without a word and does nothing with
 * @throws EngineError `invalid_request` where it fails
 */
export function buildJobResult({ value }: EventArgument): JobResult | undefined {
  if (!isEventObject(value)) return undefined;
  const activityId = integerOf(plainValue(value.get('job_id')));
  if (activityId === undefined || activityId >= MOST_INTEGER || activityId < -MOST_INTEGER) return undefined;
  const status = statusOf(value.get('status'));
  const stdout = outputOf(value.get('stdout'));
  const stderr = outputOf(value.get('stderr'));
  if (stdout === undefined || stderr === undefined || hasLoneSurrogate(status)) return undefined;
  return { activityId, status, stdout, stderr };
}

function statusOf(value: EventValue | undefined): string {
  if (!isTruthyEvent(value)) return 'Failed';
  if (typeof value !== 'string') throw new EngineError('invalid_request', { detail: 'status: text' });
  return trimmed(value) || 'Failed';
}

/** What the column takes: undefined for lists and objects, and for what SQLite has no form of. */
function outputOf(value: EventValue | undefined): JobOutput | undefined {
  if (!isTruthyEvent(value)) return '';
  if (typeof value === 'string') return hasLoneSurrogate(value) ? undefined : value;
  if (Buffer.isBuffer(value)) return value;
  if (value === true) return 1n;
  if (typeof value === 'bigint') return value < MOST_INTEGER && value >= -MOST_INTEGER ? value : undefined;
  return value instanceof PythonFloat ? value.value : undefined;
}
