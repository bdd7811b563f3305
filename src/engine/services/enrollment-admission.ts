/** Whether an install code lets a device ask, and later in (agents-http 3.1, 3.2). Inside a unit of work; writes nothing. */
import { canonicalGuid } from '../../legacy-bridge/values/guid.js';
import { parseZonedIso } from '../../legacy-bridge/values/parse-zoned-iso.js';
import { isSpent } from '../domain/code-uses.js';
import { EngineError } from '../domain/engine-error.js';
import type { EnrollmentRequest } from '../domain/enrollment.js';
import type { InstallCodeRow } from '../repositories/install-code-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import { hasKey } from './device-key.js';

export interface AdmittedCode {
  readonly codeId: string;
  /** The device that a spent code still serves; null while uses are left, whoever asks. */
  readonly guid: string | null;
}

/**
 * A spent code still serves the key of its last device, so that a machine that lost its tokens comes back.
 * @throws EngineError `invalid_enrollment_code`
 */
export async function admitCode(
  { code, fingerprint }: EnrollmentRequest,
  repositories: Repositories,
  now: number,
): Promise<AdmittedCode> {
  const row = await repositories.installCodes.findByCode(code);
  if (row === undefined) throw new EngineError('invalid_enrollment_code');
  if (hasExpired(row.expiresAt, now)) throw new EngineError('invalid_enrollment_code');
  if (!isSpent(row)) return { codeId: row.id, guid: null };
  const guid = await lastDeviceOf(row, fingerprint, repositories);
  if (guid === undefined) throw new EngineError('invalid_enrollment_code');
  return { codeId: row.id, guid };
}

/** An expiry that is unreadable or without a zone counts as expired; the legacy crashes on the latter. */
function hasExpired(expiresAt: string, now: number): boolean {
  const end = parseZonedIso(expiresAt);
  return end === undefined || end <= now;
}

async function lastDeviceOf(
  { usedByGuid }: InstallCodeRow,
  fingerprint: string,
  { devices }: Repositories,
): Promise<string | undefined> {
  const guid = canonicalGuid(usedByGuid ?? '');
  if (guid === '') return undefined;
  const owners = await devices.findCredentialsInAnyCase(guid);
  return owners.some((owner) => hasKey(owner, fingerprint)) ? guid : undefined;
}
