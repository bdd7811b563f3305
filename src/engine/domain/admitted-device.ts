/** Who calls a device route: what its token says, checked against its row. */
import type { ProofToCheck } from './refresh-request.js';

/** What a device shows to be admitted. */
export interface AdmissionRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** Present when the request carries a `DPoP` header that is not empty. */
  readonly proof: ProofToCheck | undefined;
}

export interface AdmittedDevice {
  /** Spelled as in the token, and in the device's row. */
  readonly guid: string;
  /** Of the token: trimmed, lower-case hex. */
  readonly fingerprint: string;
  readonly quarantined: boolean;
}
