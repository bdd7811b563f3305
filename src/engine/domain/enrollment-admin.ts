/** What operators say of enrolment, checked for form, and what they are shown (agents-http 9). */
import type { ListedApprovalRow } from '../repositories/approval-repository.js';

/** An install code that an operator wants. */
export interface CodeOrder {
  readonly ttlHours: number;
  /** 1 to 10. */
  readonly maxUses: number;
}

/** How long codes may live, in hours. */
export const CODE_HOURS: readonly number[] = [1, 3, 6, 12, 24];
export const MOST_CODE_USES = 10;

export interface CreatedCode extends CodeOrder {
  readonly id: string;
  /** 32 hex digits in eight groups. A secret until it is used up. */
  readonly code: string;
  /** ISO text. */
  readonly expiresAt: string;
}

/** An operator lets a device in. */
export interface ApprovalWish {
  /** The device that it is to be, canonical; empty when the operator names none. */
  readonly guid: string;
  /** `overwrite`, `coexist`, or any other word; empty when there is none. */
  readonly resolution: string;
}

/** Another device has the hostname that an approval claims. */
export interface HostnameConflict {
  /** Canonical. */
  readonly guid: string;
  /** Lower case; empty when the device has no key. */
  readonly fingerprint: string;
  readonly siteId: number | null;
  /** Empty when there is none. */
  readonly siteName: string;
  /** The same key: it is that device. */
  readonly fingerprintMatch: boolean;
}

export interface ShownApproval {
  readonly approval: ListedApprovalRow;
  readonly conflict: HostnameConflict | undefined;
  /** A name that the device could have beside the other; for conflicts that an operator must resolve. */
  readonly alternateHostname: string | undefined;
}
