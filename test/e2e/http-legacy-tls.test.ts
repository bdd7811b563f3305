import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { LegacyAddress } from '../../src/legacy-bridge/dialling/legacy-address.js';
import { type Authority, type Certificates, makeCertificates, type Pair } from '../kit/certificates.js';
import { startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest } from '../kit/raw-http.js';

describe('a legacy over https', () => {
  let certificates: Certificates;
  let root: Authority;
  let stranger: Authority;
  let leaf: Pair;
  let expired: Pair;
  const servers: Server[] = [];
  let handshakes = 0;

  before(() => {
    certificates = makeCertificates();
    root = certificates.authority('root');
    stranger = certificates.authority('stranger');
    // As the legacy writes them: the address as a name.
    leaf = root.leaf('legacy', { names: 'DNS:localhost,DNS:127.0.0.1' });
    expired = root.leaf('expired', { expired: true });
  });

  after(() => {
    for (const server of servers) server.close().closeAllConnections();
    certificates.remove();
  });

  async function legacy({ certificate, key }: Pair): Promise<string> {
    const server = createServer({ cert: certificate, key }, (req, res) => {
      res.end(JSON.stringify({ host: req.headers.host }));
    });
    server.on('secureConnection', () => {
      handshakes += 1;
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function ask(address: LegacyAddress, hosts = ['agents.example']): Promise<(string | number)[]> {
    const facade = await startFacadeUnderTest({ legacy: address });
    const answers: (string | number)[] = [];
    for (const host of hosts) {
      const answer = await rawRequest(facade.port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const { error } = JSON.parse(answer.body.toString()) as { error?: string };
      answers.push(error ?? answer.status);
    }
    await facade.close();
    return answers;
  }

  const pinOf = ({ certificate }: Pair): string => new X509Certificate(certificate).fingerprint256;

  it('is believed under the named root with the named name', async () => {
    const url = await legacy(leaf);
    assert.deepEqual(await ask({ url, ca: root.rootFile, pin: '', serverName: 'localhost' }), [200]);
  });

  it('is dialled by its own name, whatever Host clients send, on one connection', async () => {
    const url = await legacy(leaf);
    const known = handshakes;
    const hosts = ['agents.example', 'localhost', 'evil.example:443', '10.0.0.1'];
    assert.deepEqual(
      await ask({ url, ca: root.rootFile, pin: '', serverName: 'localhost' }, hosts),
      [200, 200, 200, 200],
    );
    assert.equal(handshakes, known + 1);
  });

  it('is refused under another root, under the system roots, and under another name', async () => {
    const url = await legacy(leaf);
    const refused = ['legacy_certificate_refused'];
    assert.deepEqual(await ask({ url, ca: stranger.rootFile, pin: '', serverName: 'localhost' }), refused);
    assert.deepEqual(await ask({ url, ca: '', pin: '', serverName: 'localhost' }), refused);
    assert.deepEqual(await ask({ url, ca: root.rootFile, pin: '', serverName: 'other' }), refused);
    assert.deepEqual(
      await ask({ url, ca: root.rootFile, pin: '', serverName: '' }),
      refused,
      'no IP entry for 127.0.0.1',
    );
  });

  it('that is dialled by its address must carry that address', async () => {
    const url = await legacy(root.leaf('addressed', { names: 'IP:127.0.0.1' }));
    assert.deepEqual(await ask({ url, ca: root.rootFile, pin: '', serverName: '' }), [200]);
  });

  it('is refused when expired', async () => {
    const url = await legacy(expired);
    const address = { url, ca: root.rootFile, pin: '', serverName: 'localhost' };
    assert.deepEqual(await ask(address), ['legacy_certificate_refused']);
  });

  it('is believed by its pin, whatever root, name and dates say, and refused by any other', async () => {
    const address = { url: await legacy(expired), ca: '', serverName: '' };
    assert.deepEqual(await ask({ ...address, pin: pinOf(expired) }), [200]);
    assert.deepEqual(await ask({ ...address, pin: pinOf(expired).replaceAll(':', '').toLowerCase() }), [200]);
    assert.deepEqual(await ask({ ...address, pin: pinOf(leaf) }), ['legacy_certificate_refused']);
  });
});
