/** Builds what reports say of playbooks (assemblies-and-runs 9). All fields are read before anything is demanded. */
import { hasLoneSurrogate, parseJson } from '../../legacy-bridge/values/parse-json.js';
import { integerOf } from '../../legacy-bridge/values/python-int.js';
import { isTruthy, PythonFloat, type PythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import { storedJson } from '../../legacy-bridge/values/stored-json.js';
import { EngineError } from '../domain/engine-error.js';
import type { RecapFields, RecapText } from '../domain/recap.js';
import { columnInteger, trimmedStringField, typedObject } from './json-object.js';

const MOST_INTEGER = 2n ** 63n;

/**
 * @param contentType the header
 * @throws EngineError `invalid_request` where the legacy fails, `run_id_required`
 */
export function buildRecapReport(body: Buffer, contentType: string | undefined): RecapFields {
  const object = typedObject(body, contentType);
  const text = (name: string): string | null => trimmedStringField(object, name) || null;
  const integer = (name: string): bigint | null => columnInteger(object.get(name), name) ?? null;
  const playbookPath = text('playbook_path');
  const report = {
    runId: trimmedStringField(object, 'run_id'),
    hostname: text('hostname'),
    agentId: text('agent_id'),
    playbookPath,
    playbookName: text('playbook_name') ?? (playbookPath?.replace(/^.*\//s, '') || null),
    scheduledJobId: integer('scheduled_job_id'),
    scheduledRunId: integer('scheduled_run_id'),
    activityId: integer('activity_job_id'),
    status: text('status'),
    recapText: recapTextOf(object),
    recapJson: recapJsonOf(object.get('recap_json')),
    startedAt: integer('started_ts'),
    finishedAt: integer('finished_ts'),
  };
  if (report.runId === '') throw new EngineError('run_id_required');
  return report;
}

function recapTextOf(object: PythonObject): RecapText | null {
  const value = object.get('recap_text');
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && !hasLoneSurrogate(value)) return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'bigint' && value >= -MOST_INTEGER && value < MOST_INTEGER) return value;
  if (value instanceof PythonFloat && Number.isFinite(value.value)) return value.value;
  throw new EngineError('invalid_request', { detail: 'recap_text: text' });
}

function recapJsonOf(value: PythonValue | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (!isTruthy(value)) return '{}';
  if (typeof value !== 'string') return storedJson(value);
  if (hasLoneSurrogate(value)) throw new EngineError('invalid_request', { detail: 'recap_json: JSON' });
  return isJsonText(value) ? value : '{}';
}

/** Of texts Python reads no byte order mark, nor a second encoding. */
function isJsonText(text: string): boolean {
  return !text.startsWith('\ufeff') && !text.includes('\0') && parseJson(Buffer.from(text)) !== undefined;
}

const DEFAULT_LIMIT = 50n;

/** @returns how many recaps are asked for; negative: all. @throws EngineError `invalid_request` beyond 64 bits */
export function recapLimit(text: string): bigint {
  return columnInteger(integerOf(text) ?? DEFAULT_LIMIT, 'limit') ?? DEFAULT_LIMIT;
}
