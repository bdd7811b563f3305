import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CertificateError, readCertificatePair } from '../../../src/facade/tls/certificate-pair.js';
import { type Authority, type Certificates, makeCertificates } from '../../kit/certificates.js';

describe('readCertificatePair', () => {
  let certificates: Certificates;
  let root: Authority;

  before(() => {
    certificates = makeCertificates();
    root = certificates.authority('root');
  });

  after(() => certificates.remove());

  const pair = (name: string) => {
    const { bundleFile, keyFile, certificate } = root.leaf(name);
    return { bundle: readFileSync(bundleFile), key: readFileSync(keyFile), certificate };
  };

  const refusal = (bundle: Buffer, key: Buffer): string => {
    try {
      readCertificatePair(bundle, key);
    } catch (error) {
      assert.ok(error instanceof CertificateError);
      return `${error.code}: ${error.message}`;
    }
    return 'none';
  };

  it('tells names, dates and length of the chain', () => {
    const { bundle, key } = pair('plain');
    const facts = readCertificatePair(bundle, key);
    assert.deepEqual(facts.names, ['DNS:localhost', 'IP Address:127.0.0.1']);
    assert.equal(facts.chainLength, 2);
    assert.deepEqual(facts.chainProblems, []);
    assert.ok(facts.notAfter.getTime() - facts.notBefore.getTime() > 86_400_000);
    assert.match(facts.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('tells a chain that does not hang together, and a root that stands first', () => {
    const { bundle, key, certificate } = pair('odd');
    const stranger = readFileSync(certificates.authority('stranger').rootFile);
    const facts = readCertificatePair(Buffer.concat([Buffer.from(certificate), stranger]), key);
    assert.deepEqual(facts.chainProblems, ['certificate 1 of the bundle was not issued by certificate 2']);
    const rootFirst = Buffer.concat([readFileSync(root.rootFile), bundle]);
    assert.match(refusal(rootFirst, key), /^key_mismatch/);
  });

  it('refuses the key of another certificate, and what is no PEM', () => {
    const { bundle, key } = pair('one');
    assert.match(refusal(bundle, pair('two').key), /^key_mismatch: tls\.key is not the key of the first certificate/);
    assert.match(refusal(Buffer.from('nothing'), key), /^certificate_unreadable: tls\.certificate holds no PEM/);
    assert.match(refusal(bundle, Buffer.from('nothing')), /^key_unreadable: tls\.key holds no PEM private key/);
    const broken = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    assert.match(refusal(broken, key), /^certificate_unreadable/);
  });
});
