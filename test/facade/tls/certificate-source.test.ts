import assert from 'node:assert/strict';
import { CertificateError } from '../../../src/facade/tls/certificate-pair.js';
import { openCertificateSource } from '../../../src/facade/tls/certificate-source.js';
import { type Certificates, makeCertificates } from '../../kit/certificates.js';
import { silentLog } from '../../kit/silent-log.js';

describe('The certificate at the start', () => {
  let certificates: Certificates;
  before(() => {
    certificates = makeCertificates();
  });
  after(() => certificates.remove());

  it('names the setting whose file can not be read', () => {
    const { bundleFile } = certificates.authority('root').leaf('localhost');
    const open = (certificate: string, key: string) => () =>
      openCertificateSource({ certificate, key, minVersion: 'TLSv1.2', log: silentLog, now: Date.now });
    const told = (code: string, message: RegExp) => (error: unknown) => {
      assert.ok(error instanceof CertificateError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    };
    assert.throws(
      open('/nowhere/a.pem', bundleFile),
      told('certificate_unreadable', /^tls\.certificate: \/nowhere\/a\.pem can't be read: ENOENT/),
    );
    assert.throws(open(bundleFile, '/nowhere/a.key'), told('key_unreadable', /^tls\.key: \/nowhere\/a\.key .*ENOENT/));
  });
});
