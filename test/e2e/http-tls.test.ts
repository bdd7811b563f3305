import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Log } from '../../src/facade/logging/log.js';
import { type CertificateSource, openCertificateSource } from '../../src/facade/tls/certificate-source.js';
import { type Authority, type Certificates, makeCertificates, type Pair } from '../kit/certificates.js';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('the listener over TLS', () => {
  let certificates: Certificates;
  let root: Authority;
  let legacy: Upstream;
  let source: CertificateSource;
  let facade: FacadeUnderTest;
  let pair: { readonly certificate: string; readonly key: string };
  let changed: () => void = () => undefined;
  const logged: string[] = [];

  const put = ({ bundleFile, keyFile }: Pair): void => {
    copyFileSync(bundleFile, pair.certificate);
    copyFileSync(keyFile, pair.key);
  };

  before(async () => {
    certificates = makeCertificates();
    root = certificates.authority('root');
    pair = { certificate: join(certificates.directory, 'live.pem'), key: join(certificates.directory, 'live.key') };
    put(root.leaf('first'));
    legacy = await startUpstream(json({ ok: true }));
    const keep = (message: string): void => {
      logged.push(message);
      changed();
    };
    const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
    source = openCertificateSource({ ...pair, minVersion: 'TLSv1.2', log, now: Date.now, pollMs: 50 });
    facade = await startFacadeUnderTest({ legacy: legacy.origin, tls: source });
  });

  after(async () => {
    source.close();
    await facade.close();
    await legacy.close();
    certificates.remove();
  });

  const trusting = () => ({ ca: readFileSync(root.rootFile), servername: 'localhost' });

  async function logs(message: string): Promise<void> {
    while (!logged.includes(message))
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    logged.length = 0;
  }

  async function presented(): Promise<string> {
    const client = await RawClient.connect(facade.port, trusting());
    const { subject } = (client.socket as TLSSocket).getPeerCertificate();
    client.close();
    return String(subject.CN);
  }

  it('presents leaf and root, to clients that pinned the root, and tells the side https', async () => {
    const client = await RawClient.connect(facade.port, trusting());
    const answer = await client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n').answer();
    assert.equal(answer.status, 200);
    assert.deepEqual(valuesOf(legacy.seen.at(-1)?.headers ?? [], 'x-forwarded-proto'), ['https']);
    assert.equal((client.socket as TLSSocket).getPeerCertificate(true).issuerCertificate.subject.CN, 'root');
    client.close();
  });

  it('speaks TLS 1.2 and 1.3, nothing older, and no HTTP/2', async () => {
    const protocol = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> => {
      const options = { ...trusting(), minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
      const client = await RawClient.connect(facade.port, { ...options, ALPNProtocols: ['h2', 'http/1.1'] });
      const socket = client.socket as TLSSocket;
      assert.equal(socket.alpnProtocol, 'http/1.1');
      const spoken = socket.getProtocol();
      client.close();
      return spoken;
    };
    assert.equal(await protocol('TLSv1.2'), 'TLSv1.2');
    assert.equal(await protocol('TLSv1.3'), 'TLSv1.3');
    await assert.rejects(protocol('TLSv1.1'));
  });

  it('takes a renewed leaf without a restart, while connections go on', async () => {
    const client = await RawClient.connect(facade.port, trusting());
    put(root.leaf('second'));
    await logs('certificate changed');
    assert.equal(await presented(), 'second');
    assert.equal((await client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n').answer()).status, 200);
    client.close();
  });

  it('keeps the last good pair when the new one is broken, and says so', async () => {
    writeFileSync(pair.key, readFileSync(root.leaf('other').keyFile));
    await logs('certificate refused, the last good one stays');
    assert.match(source.rejected() ?? '', /tls\.key is not the key/);
    assert.equal(await presented(), 'second');
    put(root.leaf('third'));
    await logs('certificate changed');
    assert.equal(source.rejected(), undefined);
    assert.equal(await presented(), 'third');
  });

  it('goes on with an expired leaf, and warns', async () => {
    put(root.leaf('expired', { expired: true }));
    await logs('certificate is expired');
    const client = await RawClient.connect(facade.port, { rejectUnauthorized: false });
    assert.equal((await client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n').answer()).status, 200);
    client.close();
  });

  it('survives clients that speak no TLS or leave within the handshake', async () => {
    const plain = await RawClient.connect(facade.port);
    plain.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await plain.ended();
    const leaving = connectTls({ port: facade.port, host: '127.0.0.1', rejectUnauthorized: false });
    leaving.on('error', () => undefined);
    leaving.destroy();
    put(root.leaf('last'));
    await logs('certificate changed');
    assert.equal(await presented(), 'last');
  });
});
