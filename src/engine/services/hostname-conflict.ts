/** Whether another device has the hostname that a device claims, and what it could be called instead (agents-http 9.2). */
import { canonicalGuid } from '../../legacy-bridge/values/guid.js';
import type { HostnameConflict } from '../domain/enrollment-admin.js';
import { cutHostname, lastHostname, suffixedHostnames } from '../domain/hostname-variants.js';
import type { ApprovalRow } from '../repositories/approval-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';

/** @param guid the device that it is to be, canonical; empty when nobody knows yet */
export async function findHostnameConflict(
  { hostnameClaimed, fingerprint }: ApprovalRow,
  guid: string,
  { devices }: Repositories,
): Promise<HostnameConflict | undefined> {
  if (hostnameClaimed === '') return undefined;
  const owner = await devices.findHostOwner(hostnameClaimed);
  if (owner === undefined) return undefined;
  const ownerGuid = canonicalGuid(owner.guid ?? '');
  if (ownerGuid !== '' && ownerGuid === guid) return undefined;
  const ownerKey = (owner.fingerprint ?? '').toLowerCase();
  return {
    guid: ownerGuid,
    fingerprint: ownerKey,
    siteId: owner.siteId,
    siteName: owner.siteName ?? '',
    fingerprintMatch: ownerKey !== '' && ownerKey === fingerprint.toLowerCase(),
  };
}

/** The first free one with a suffix; when all are taken the device's guid. */
export async function alternateHostname(
  { hostnameClaimed, guid }: ApprovalRow,
  { devices }: Repositories,
): Promise<string> {
  const claim = cutHostname(hostnameClaimed);
  for (const name of suffixedHostnames(claim)) if (!(await devices.hasHostname(name))) return name;
  return canonicalGuid(guid ?? '') || lastHostname(claim);
}
