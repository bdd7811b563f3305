/** The sample agent lives with the sample legacy, without anything between them, over HTTP and over TLS. */
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

for (const tls of [false, true]) {
  describe(`an agent of the sample legacy over ${tls ? 'TLS' : 'HTTP'}`, function () {
    this.timeout(60_000);
    let legacy: SampleLegacy;
    let agent: SampleAgent;

    before(async () => {
      legacy = await startSampleLegacy({ tls });
      agent = await startSampleAgent({
        server: legacy.url,
        code: await makeInstallCode(legacy),
        timeScale: 0.1,
        refreshBefore: 900,
        roleSeconds: 5,
        ...(tls ? { systemStore: legacy.rootCertificateFile } : {}),
      });
    });
    after(async () => {
      await agent.stop();
      await legacy.stop();
    });

    it('pins the certificate, and enrols once an operator has approved', async () => {
      await agent.waitFor('enrolment_pending');
      await access(join(agent.state, 'server_certificate.pem'));
      await approveAgent(legacy, agent);
      await agent.waitFor('enrolled');
    });

    it('connects, beats, checks in, and refreshes', async () => {
      await agent.waitFor('connected');
      for (const type of ['heartbeat', 'checkin', 'refreshed', 'script_request', 'details'] as const) {
        assert.equal((await agent.waitFor(type)).status, 200, type);
      }
      const { body } = await legacy.call('GET', '/api/agents');
      const [entry] = Object.values(body as Record<string, { hostname: string; collector_active: boolean }>);
      assert.equal(entry?.hostname, 'SAMPLE-PC');
      assert.equal(entry?.collector_active, true);
    });

    it('comes back after a restart of the server, with its tokens', async () => {
      await legacy.restart();
      const again = await agent.waitForNext('connected');
      const checkin = await agent.waitFor('checkin', (event) => event.at >= again.at);
      assert.equal(checkin.status, 200);
      assert.equal(agent.events.filter(({ type }) => type === 'enrolment_pending').length, 1);
    });

    it('was never lost', () => assert.deepEqual(agent.fatal(), []));
  });
}

describe('an agent whose pinned root is not in the system store', function () {
  this.timeout(60_000);

  it('is served over HTTP calls but never gets a WebSocket', async () => {
    const legacy = await startSampleLegacy({ tls: true });
    const agent = await startSampleAgent({ server: legacy.url, code: await makeInstallCode(legacy), timeScale: 0.1 });
    try {
      await approveAgent(legacy, agent);
      const failed = await agent.waitFor('connect_failed');
      assert.equal(failed.reason, 'Connection error');
      assert.equal((await agent.waitFor('heartbeat')).status, 200);
      assert.equal(
        agent.events.some(({ type }) => type === 'connected'),
        false,
      );
    } finally {
      await agent.stop();
      await legacy.stop();
    }
  });
});
