/**
 * Makes an approved device a member: its row, its key, the use of its code, its refresh token (agents-http 3.2). All in the
 * caller's unit of work, so that everything is done or nothing, whichever side comes first.
 */
import { comparedFingerprint } from '../../legacy-bridge/tokens/device-claims.js';
import { hashRefreshToken, newRefreshToken, REFRESH_TOKEN_SECONDS } from '../../legacy-bridge/tokens/refresh-token.js';
import { canonicalGuid } from '../../legacy-bridge/values/guid.js';
import { isoUtc } from '../../legacy-bridge/values/iso-time.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { allowedUsesOf, isSpent, usesOf } from '../domain/code-uses.js';
import { admissionOf } from '../domain/device-status.js';
import { cutHostname, suffixedHostnames } from '../domain/hostname-variants.js';
import { nextTokenVersion, storedTokenVersion } from '../domain/token-version.js';
import type { ApprovalRow } from '../repositories/approval-repository.js';
import type { DeviceCredentialRow, WriteTime } from '../repositories/device-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import { hasKey } from './device-key.js';
import type { RandomSource } from './request-context.js';
import { writeTime } from './write-time.js';

export interface Member {
  /** Canonical. */
  readonly guid: string;
  readonly fingerprint: string;
  readonly tokenVersion: number;
  readonly refreshToken: string;
  /** Its status when the device is a member that may not do everything; undefined for an active one. */
  readonly restricted: string | undefined;
}

interface Place {
  /** The device's row, if it has one. */
  readonly row: DeviceCredentialRow | undefined;
  /** For a new row. */
  readonly hostname: string;
}

/**
 * @param now epoch milliseconds
 * @returns undefined when the code's uses went to others since the device asked: then the approval has expired
 * @throws EngineError `device_invalid` when the row of a device that keeps its key can't be understood
 */
export async function finishEnrollment(
  approval: ApprovalRow,
  repositories: Repositories,
  random: RandomSource,
  now: number,
): Promise<Member | undefined> {
  const at = writeTime(now);
  // Blanks are no name: tokens for them would be refused everywhere.
  const guid = canonicalGuid(approval.guid ?? '') || random.uuid().toUpperCase();
  const place = await placeOf(guid, approval.hostnameClaimed, repositories);
  const known = place.row !== undefined && hasKey(place.row, approval.fingerprint);
  if (!known && !(await hasUseLeft(approval, repositories))) {
    await repositories.approvals.expire(approval.id, at.iso);
    return undefined;
  }
  const { tokenVersion, status } = await keepDevice(guid, place, approval.fingerprint, repositories, at);
  await keepKey(guid, approval.fingerprint, repositories, random, at);
  await countUse(approval, guid, repositories, at);
  await repositories.approvals.complete(approval.id, guid, at.iso);
  const refreshToken = newRefreshToken((length) => random.bytes(length));
  await repositories.refreshTokens.insert({
    id: random.uuid(),
    guid,
    tokenHash: hashRefreshToken(refreshToken),
    createdAt: at.iso,
    expiresAt: isoUtc((at.seconds + REFRESH_TOKEN_SECONDS) * 1000),
  });
  const restricted = admissionOf(status) === 'active' ? undefined : (status ?? '');
  return { guid, fingerprint: approval.fingerprint, tokenVersion, refreshToken, restricted };
}

/**
 * The device's row, whatever the spelling of its guid: in another case, or, under a name that the device would get, in braces
 * or without dashes. Else the first free hostname.
 */
async function placeOf(guid: string, claimed: string, { devices }: Repositories): Promise<Place> {
  const rows = await devices.findCredentialsInAnyCase(guid);
  const row = rows.find((found) => found.guid === guid) ?? rows[0];
  if (row !== undefined) return { row, hostname: '' };
  for (const hostname of hostnames(claimed, guid)) {
    const owner = await devices.findHostOwner(hostname);
    if (owner === undefined) return { row: undefined, hostname };
    if (owner.guid === null || canonicalGuid(owner.guid) !== guid) continue;
    const own = await devices.findCredentialByGuid(owner.guid);
    if (own !== undefined) return { row: own, hostname };
  }
  throw new TypeError(`no hostname is free for ${guid}`);
}

/** The claim, then with a suffix, then the guid, which nobody else has in earnest. */
function* hostnames(claimed: string, guid: string): Generator<string> {
  const claim = cutHostname(trimmed(claimed));
  for (const name of claim === '' ? [guid] : [claim, guid]) {
    yield name;
    yield* suffixedHostnames(name);
  }
}

/**
 * A code's last use lets in one device, whoever asked while it was left. A code that is gone had no use before, and lets in as
 * many of those who had asked as it was made for: who has come in by it is told by the approvals, since the copy counts to one.
 */
async function hasUseLeft({ codeId }: ApprovalRow, { installCodes, approvals }: Repositories): Promise<boolean> {
  if (codeId === '') return true;
  const code = await installCodes.findById(codeId);
  if (code !== undefined) return !isSpent(code);
  const useCount = String(await approvals.countCompleted(codeId));
  return !isSpent({ useCount, maxUses: await installCodes.maxUsesOfCopy(codeId) });
}

async function keepDevice(
  guid: string,
  { row, hostname }: Place,
  fingerprint: string,
  { devices, refreshTokens }: Repositories,
  at: WriteTime,
): Promise<{ readonly tokenVersion: number; readonly status: string | null }> {
  if (row === undefined) {
    const status = (await devices.findKeptStatus(guid)) ?? 'active';
    await devices.insertEnrolled({ guid, hostname, fingerprint, status }, at);
    return { tokenVersion: 1, status };
  }
  const known = comparedFingerprint(row.fingerprint);
  const kept = known === '' || hasKey(row, fingerprint);
  const tokenVersion = kept ? storedTokenVersion(row.tokenVersion, 1) : nextTokenVersion(row.tokenVersion);
  // From here on the row is spelled as the new tokens are, since both sides compare exactly.
  if (row.guid !== guid) await devices.respellGuid(row.guid, guid);
  if (known === '') await devices.setFirstKey(guid, fingerprint, at);
  if (kept) return { tokenVersion, status: row.status };
  // Another key opens no door that an operator has shut.
  const status = admissionOf(row.status) === 'active' ? 'active' : (row.status ?? '');
  await devices.replaceKey(guid, { fingerprint, tokenVersion, status }, at);
  await refreshTokens.revokeAll(guid, at.iso);
  return { tokenVersion, status };
}

async function keepKey(
  guid: string,
  fingerprint: string,
  { deviceKeys }: Repositories,
  random: RandomSource,
  { iso }: WriteTime,
): Promise<void> {
  await deviceKeys.insertIfMissing({ id: random.uuid(), guid, fingerprint, addedAt: iso });
  await deviceKeys.retireOthers(guid, fingerprint, iso);
}

/** Expiry is not looked at again: the operator has approved since. */
async function countUse(
  { codeId }: ApprovalRow,
  guid: string,
  { installCodes }: Repositories,
  { iso }: WriteTime,
): Promise<void> {
  if (codeId === '') return;
  const code = await installCodes.findById(codeId);
  const useCount = code === undefined ? 1n : usesOf(code) + 1n;
  const consumed = code === undefined || useCount >= allowedUsesOf(code);
  await installCodes.recordUse(codeId, { useCount, consumed, guid }, iso);
}
