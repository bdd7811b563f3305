/** Checks a certificate bundle against its key, and tells what it holds. Pure; reads no files. */
import { createPrivateKey, X509Certificate } from 'node:crypto';

/** Why a pair can't be presented. */
export type CertificateErrorCode = 'certificate_unreadable' | 'key_unreadable' | 'key_mismatch';

export class CertificateError extends Error {
  readonly code: CertificateErrorCode;

  constructor(code: CertificateErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CertificateError';
    this.code = code;
  }
}

/** What a bundle holds. */
export interface CertificateFacts {
  /** Subject alternative names of the leaf, as OpenSSL writes them (`DNS:…`, `IP Address:…`). */
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the leaf, hex with colons. */
  readonly fingerprint: string;
  /** Number of certificates in the bundle. */
  readonly chainLength: number;
  /** Sentences on what is odd about the chain, though it can be presented. */
  readonly chainProblems: readonly string[];
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** @throws CertificateError */
export function readCertificatePair(bundle: Buffer, key: Buffer): CertificateFacts {
  const chain = readChain(bundle);
  const [leaf] = chain;
  if (leaf === undefined)
    throw new CertificateError('certificate_unreadable', 'tls.certificate holds no PEM certificate');
  if (!leaf.checkPrivateKey(readKey(key)))
    throw new CertificateError('key_mismatch', 'tls.key is not the key of the first certificate in tls.certificate');
  return {
    names: leaf.subjectAltName?.split(', ') ?? [],
    notBefore: new Date(leaf.validFrom),
    notAfter: new Date(leaf.validTo),
    fingerprint: leaf.fingerprint256,
    chainLength: chain.length,
    chainProblems: chainProblems(chain),
  };
}

function readChain(bundle: Buffer): X509Certificate[] {
  const blocks = bundle.toString('latin1').match(PEM) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new CertificateError(
      'certificate_unreadable',
      'tls.certificate holds a certificate that is not valid',
      error,
    );
  }
}

function readKey(key: Buffer): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(key);
  } catch (error) {
    throw new CertificateError('key_unreadable', 'tls.key holds no PEM private key without a passphrase', error);
  }
}

function chainProblems(chain: readonly X509Certificate[]): string[] {
  const problems: string[] = [];
  chain.forEach((certificate, at) => {
    const issuer = chain[at + 1];
    if (issuer !== undefined && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)))
      problems.push(`certificate ${at + 1} of the bundle was not issued by certificate ${at + 2}`);
  });
  if (chain[0]?.ca === true && chain.length > 1)
    problems.push('the first certificate is a CA: expected the leaf first');
  return problems;
}
