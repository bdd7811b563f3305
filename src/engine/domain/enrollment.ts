/** What a device sends when it enrols, checked for form, and what it may hear (agents-http 3). */

export interface EnrollmentRequest {
  /**
   * Trimmed, not empty. As the device claims it, of any length. Undefined for what is no text and no number: refused when it
   * would be written, after all else is found right.
   */
  readonly hostname: string | undefined;
  /** Trimmed, not empty. */
  readonly code: string;
  /** At least ten bytes that should be the SPKI DER of an Ed25519 key; looked at when the device proves that it has it. */
  readonly publicKeyDer: Buffer;
  /** Lower-case hex SHA-256 of these bytes. */
  readonly fingerprint: string;
  /** Base64 of at least 16 bytes, as sent: polls must bring back the very text. */
  readonly clientNonce: string;
}

export interface EnrollmentPoll {
  /** Not empty, not trimmed. */
  readonly reference: string;
  /** As sent. */
  readonly clientNonce: string;
  readonly clientNonceBytes: Buffer;
  readonly proof: Buffer;
}

/** What agents store as soon as they hear it. */
export interface ServerMaterial {
  /** Leaf and root certificate, PEM; empty when there is none to pin. */
  readonly serverCertificate: string;
  /** Base64 of the script key's SPKI DER; empty when scripts go unsigned. */
  readonly signingKey: string;
}

export interface PendingEnrollment extends ServerMaterial {
  readonly reference: string;
  /** Base64 of 32 bytes. */
  readonly serverNonce: string;
}

/** The tokens of a device that has become a member. */
export interface EnrolledTokens {
  /** Canonical: tokens and rows have this very spelling. */
  readonly guid: string;
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
}

/** How an approval stands for the device that asks. */
export type EnrollmentState =
  /** Nobody knows the reference. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'expired' }
  /** The tokens were given out before, and are not given out twice. */
  | { readonly kind: 'finalized' }
  /** A status that no side writes. Empty is possible. */
  | { readonly kind: 'other'; readonly status: string }
  | { readonly kind: 'enrolled'; readonly tokens: EnrolledTokens; readonly material: ServerMaterial };
