import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type FlaskSocketio, type PythonAgent, startFlaskSocketio, startPythonAgent } from '../kit/flask-socketio.js';
import { makeCertificates, type TestCertificates } from '../kit/flask-socketio-certificates.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { openWireClient } from '../kit/ws-client.js';

describe('sockets over TLS', () => {
  let certificates: TestCertificates;
  let leaf: Awaited<ReturnType<TestCertificates['leaf']>>;
  let legacy: FlaskSocketio;
  before(async () => {
    certificates = await makeCertificates();
    // As the legacy writes it: the address is only a DNS name.
    const legacyLeaf = await certificates.leaf('legacy', 'DNS:localhost,DNS:127.0.0.1');
    leaf = { ...(await certificates.leaf('facade', 'DNS:localhost,IP:127.0.0.1')), sha256: legacyLeaf.sha256 };
    // With the library's own check of the origin: it sees scheme and host that the facade tells.
    legacy = await startFlaskSocketio({ tls: legacyLeaf, cors: null });
  });
  after(async () => {
    await legacy.kill();
    await certificates.remove();
  });

  let facade: SocketFacade | undefined;
  let agent: PythonAgent | undefined;
  afterEach(async () => {
    await agent?.stop();
    await facade?.close();
  });

  async function front(side: { ca?: string; pin?: string; serverName?: string }): Promise<SocketFacade> {
    facade = await startSocketFacade({ legacy: { url: legacy.url, ...side }, tls: leaf });
    return facade;
  }

  it('the agent’s library connects, with the root in its trust store', async () => {
    const { url } = await front({ ca: certificates.root, serverName: 'localhost' });
    agent = startPythonAgent(url, { caFile: certificates.root });
    await agent.seen('connected');
    const { scheme } = (await agent.call('headers', null)) as { scheme: string };
    assert.equal(scheme, 'https');
  });

  it('a browser’s websocket passes the origin check of the side', async () => {
    const { url } = await front({ ca: certificates.root, serverName: 'localhost' });
    const ca = await readFile(certificates.root);
    const client = await openWireClient(url, { ca, headers: { Origin: url } });
    client.socket.terminate();
    await assert.rejects(openWireClient(url, { ca, headers: { Origin: 'https://elsewhere.example' } }), /400/);
  });

  it('a pinned certificate is accepted whatever its name', async () => {
    const { url } = await front({ pin: leaf.sha256.toUpperCase().replace(/..(?!$)/g, '$&:') });
    const client = await openWireClient(url, { ca: await readFile(certificates.root) });
    client.socket.terminate();
  });

  const refused = [
    { name: 'an unknown root', side: { serverName: 'localhost' } },
    { name: 'another name', side: { serverName: 'elsewhere.example' }, withRoot: true },
    { name: 'the dialled address, which is no IP entry', side: {}, withRoot: true },
    { name: 'another pin', side: { pin: '0'.repeat(64) } },
  ];
  for (const { name, side, withRoot } of refused) {
    it(`a side with ${name} is not sent a byte of the request: 502`, async () => {
      const { url, told } = await front(withRoot ? { ...side, ca: certificates.root } : side);
      await assert.rejects(openWireClient(url, { ca: await readFile(certificates.root) }), /502/);
      await told('failed sockets legacy legacy_certificate_refused');
    });
  }

  it('the client’s Host does not decide which name the side must bear', async () => {
    const { url } = await front({ ca: certificates.root, serverName: 'localhost' });
    const ca = await readFile(certificates.root);
    const client = await openWireClient(url, { ca, headers: { Host: 'facade.example' } });
    client.socket.terminate();
  });
});
