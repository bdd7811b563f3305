/** The proof of an enrolling device that it holds the key which it sent (agents-http 3.2). */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';

export interface EnrollmentProof {
  readonly publicKey: KeyObject;
  readonly serverNonce: Buffer;
  readonly reference: string;
  readonly clientNonce: Buffer;
  readonly proof: Buffer;
}

/** @returns undefined for bytes that are no public key */
export function publicKeyOfDer(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** Ed25519 over server nonce, reference and client nonce, put together as they are. Keys of any other kind prove nothing. */
export function proofHolds({ publicKey, serverNonce, reference, clientNonce, proof }: EnrollmentProof): boolean {
  if (publicKey.asymmetricKeyType !== 'ed25519') return false;
  return verify(null, Buffer.concat([serverNonce, Buffer.from(reference, 'utf8'), clientNonce]), publicKey, proof);
}
