/** The proof of an enrolling device that it holds the key which it sent (agents-http 3.2). */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Lengths from here on are written as a number of bytes, then that many. */
const LONG_FORM = 0x80;

export interface EnrollmentProof {
  readonly publicKey: KeyObject;
  readonly serverNonce: Buffer;
  readonly reference: string;
  readonly clientNonce: Buffer;
  readonly proof: Buffer;
}

/**
 * A key in exactly one spelling, since its fingerprint is that of the bytes: OpenSSL alone would pass over bytes behind it, and over
 * lengths that are not DER's (X.690 10.1).
 * @returns undefined for bytes that are no public key, or not only
 */
export function publicKeyOfDer(der: Buffer): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return isExact(key, der) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Other kinds than Ed25519 may be written in more than one way, and prove nothing: of these the frame is looked at. */
function isExact(key: KeyObject, der: Buffer): boolean {
  if (key.asymmetricKeyType === 'ed25519') return key.export({ format: 'der', type: 'spki' }).equals(der);
  const first = der[1] ?? 0;
  if (first < LONG_FORM) return der.length === 2 + first;
  const size = first - LONG_FORM;
  if (size < 1 || size > 4 || der.length < 2 + size) return false;
  const length = der.readUIntBE(2, size);
  const isMinimal = length >= LONG_FORM && length >= 2 ** (8 * (size - 1));
  return isMinimal && der.length === 2 + size + length;
}

/** Ed25519 over server nonce, reference and client nonce, put together as they are. Keys of any other kind prove nothing. */
export function proofHolds({ publicKey, serverNonce, reference, clientNonce, proof }: EnrollmentProof): boolean {
  if (publicKey.asymmetricKeyType !== 'ed25519') return false;
  return verify(null, Buffer.concat([serverNonce, Buffer.from(reference, 'utf8'), clientNonce]), publicKey, proof);
}
