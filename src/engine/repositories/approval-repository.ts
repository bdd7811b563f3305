/** Rows of `device_approvals`: devices that ask to be let in, and what operators said. */

export interface ApprovalRow {
  readonly id: string;
  /** What the device polls with. */
  readonly reference: string;
  /** As stored, any spelling; null until someone or something names the device. */
  readonly guid: string | null;
  readonly hostnameClaimed: string;
  /** Lower-case hex SHA-256 of the key. */
  readonly fingerprint: string;
  /** Empty for approvals without a code. */
  readonly codeId: string;
  /** `pending`, `approved`, `denied`, `expired`, `completed`; other words are possible. */
  readonly status: string;
  /** The text as the device sent it. */
  readonly clientNonce: string;
  /** Base64 of 32 bytes; other texts are possible. */
  readonly serverNonce: string;
  /** ISO texts. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The user's numeric id as text, or a name. */
  readonly approvedByUserId: string | null;
}

/** What a poll needs besides. */
export interface PolledApprovalRow extends ApprovalRow {
  /** SPKI DER as the device sent it. Anything of ten bytes or more. */
  readonly publicKeyDer: Buffer;
}

export interface ListedApprovalRow extends ApprovalRow {
  /** The user with this id, else the one of this name in any case. */
  readonly approvedByUsername: string | null;
}

/** What a request of a device leaves behind. */
export interface ApprovalRequest {
  readonly guid: string | null;
  readonly hostnameClaimed: string;
  readonly codeId: string;
  readonly clientNonce: string;
  readonly serverNonce: string;
  readonly publicKeyDer: Buffer;
}

export interface NewApproval extends ApprovalRequest {
  readonly id: string;
  readonly reference: string;
  readonly fingerprint: string;
}

export interface ApprovalDecision {
  readonly status: 'approved' | 'denied';
  /** Canonical; null for a device that is to get a new one. */
  readonly guid: string | null;
  readonly approvedByUserId: string;
}

/** Times are ISO texts as `isoUtc` writes them: they are compared as text. */
export interface ApprovalRepository {
  findByReference(reference: string): Promise<PolledApprovalRow | undefined>;
  /** How many devices were finished on this code. */
  countCompleted(codeId: string): Promise<number>;
  findById(id: string): Promise<ApprovalRow | undefined>;
  /** The oldest row of exactly this fingerprint whose status is exactly `pending`. */
  findPendingByFingerprint(fingerprint: string): Promise<ApprovalRow | undefined>;
  /**
   * By `created_at`; each approval once, whatever users match.
   * @param status in lower case, compared with the row's in lower case; undefined for all
   */
  list(status: string | undefined): Promise<readonly ListedApprovalRow[]>;
  /** With status `pending`. */
  insert(approval: NewApproval, now: string): Promise<void>;
  /** The same device asks again: what it sent replaces what it had sent. */
  renew(id: string, request: ApprovalRequest, now: string): Promise<void>;
  decide(id: string, decision: ApprovalDecision, now: string): Promise<void>;
  /** Status `completed`. */
  complete(id: string, guid: string, now: string): Promise<void>;
  /** Status `expired`, whatever it was. */
  expire(id: string, now: string): Promise<void>;
  /**
   * Expires what is pending since before `createdBefore`, or on a code that has expired or is spent.
   * @returns how many
   */
  expireStale(now: string, createdBefore: string): Promise<number>;
}
