/** Builds what operators order of enrolment from bodies (agents-http 9). What is malformed writes nothing. */
import { canonicalGuid } from '../../legacy-bridge/values/guid.js';
import { integerOf } from '../../legacy-bridge/values/python-int.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { isTruthy } from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';
import { type ApprovalWish, CODE_HOURS, type CodeOrder, MOST_CODE_USES } from '../domain/enrollment-admin.js';
import { columnText, writtenObject } from './json-object.js';

const DEFAULT_HOURS = 1n;
const DEFAULT_USES = 2n;

/** @throws EngineError `invalid_request`, `invalid_ttl` */
export function buildCodeOrder(body: Buffer): CodeOrder {
  const object = writtenObject(body);
  const ttl = object.get('ttl_hours');
  const hours = isTruthy(ttl) ? integerOf(ttl) : DEFAULT_HOURS;
  if (hours === undefined) throw new EngineError('invalid_ttl', { detail: 'ttl_hours: a whole number' });
  const ttlHours = Number(hours);
  if (!CODE_HOURS.includes(ttlHours)) throw new EngineError('invalid_ttl');
  const wanted = integerOf(object.get('max_uses') ?? object.get('allowed_uses')) ?? DEFAULT_USES;
  return { ttlHours, maxUses: wanted < 1n ? 1 : wanted > MOST_CODE_USES ? MOST_CODE_USES : Number(wanted) };
}

/** @throws EngineError `invalid_request` */
export function buildApprovalWish(body: Buffer): ApprovalWish {
  const object = writtenObject(body);
  const guid = object.get('guid');
  const resolution = object.get('conflict_resolution');
  return {
    guid: guid !== undefined && isTruthy(guid) ? canonicalGuid(columnText(guid, 'guid')) : '',
    resolution: typeof resolution === 'string' ? trimmed(resolution).toLowerCase() : '',
  };
}
