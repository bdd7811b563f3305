/** Builds what the facade asks of the scheduler (scheduler-protocol.ts). */
import { parseJson } from '../../legacy-bridge/values/parse-json.js';
import { isPythonObject } from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';

const DEFAULT_LIMIT = 200;
const MOST_AT_ONCE = 1000;
/** The legacy's rows of an older minute have had results since. */
const OLDEST_SECONDS = 180n;

/** @throws EngineError `invalid_request` */
export function buildJobPage(query: string): { readonly after: bigint; readonly limit: number } {
  const values = new URLSearchParams(query);
  const after = values.get('after') ?? '0';
  const limit = values.get('limit') ?? String(DEFAULT_LIMIT);
  if (!/^-?\d{1,18}$/.test(after)) throw new EngineError('invalid_request', { detail: 'after: the id of a job' });
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > MOST_AT_ONCE)
    throw new EngineError('invalid_request', { detail: `limit: 1 to ${MOST_AT_ONCE}` });
  return { after: BigInt(after), limit: Number(limit) };
}

/** @param now epoch milliseconds @returns epoch seconds @throws EngineError `invalid_request` */
export function buildShadowMinute(body: Buffer, now: number): bigint {
  const value = parseJson(body);
  const minute = value !== undefined && isPythonObject(value) ? value.get('minute') : undefined;
  const seconds = BigInt(Math.floor(now / 1000));
  if (typeof minute === 'bigint' && minute % 60n === 0n && minute <= seconds && seconds - minute <= OLDEST_SECONDS)
    return minute;
  throw new EngineError('invalid_request', { detail: 'minute: a full minute of the last three, in epoch seconds' });
}
