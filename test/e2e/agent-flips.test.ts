/** A real agent enrols and lives through the facade over TLS while its rows are flipped, and notices nothing. */
import assert from 'node:assert/strict';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

describe('an agent behind the facade over TLS', function () {
  this.timeout(90_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let agent: SampleAgent;

  before(async () => {
    legacy = await startSampleLegacy({ tls: true });
    facade = await startFacadeProcess({ legacy, tls: true });
    await facade.engineReady();
    agent = await startSampleAgent({
      server: facade.address.replace('127.0.0.1', 'localhost'),
      code: await makeInstallCode(legacy),
      timeScale: 0.05,
      refreshBefore: 900,
      systemStore: legacy.rootCertificateFile,
    });
  });
  after(async () => {
    await agent.stop();
    await facade.stop();
    await legacy.stop();
  });

  const refreshes = async (times: number) => {
    for (let i = 0; i < times; i += 1) {
      const { status } = await agent.waitForNext('refreshed');
      assert.equal(status, 200);
    }
  };
  const servedBy = async (side: string) => {
    const metrics = String(await facade.admin('GET', '/metrics'));
    const line = new RegExp(`facade_requests_total\\{row="token-refresh",side="${side}",class="2xx"\\} (\\d+)`);
    return Number(line.exec(metrics)?.[1] ?? 0);
  };

  it('enrols, connects and beats', async () => {
    await approveAgent(legacy, agent);
    await agent.waitFor('enrolled');
    await agent.waitFor('connected');
    for (const type of ['heartbeat', 'checkin', 'refreshed'] as const) {
      assert.equal((await agent.waitFor(type)).status, 200, type);
    }
  });

  it('refreshes with token-refresh at legacy, canary and engine in turn, and back', async () => {
    await refreshes(2);
    assert.equal(await servedBy('engine'), 0);
    await facade.flip('token-refresh', 'canary', { percent: 50, by: 'guid' });
    await refreshes(2);
    await facade.flip('token-refresh', 'canary', { percent: 100 });
    await refreshes(2);
    await facade.flip('token-refresh', 'engine');
    await refreshes(2);
    const byEngine = await servedBy('engine');
    assert.ok(byEngine >= 3, `${byEngine} refreshes by the engine`);
    await facade.admin('POST', '/rollback', { why: 'a test', who: 'test' });
    await facade.flip('token-refresh', 'legacy');
    await refreshes(1);
    const byLegacy = await servedBy('legacy');
    await refreshes(2);
    assert.ok((await servedBy('legacy')) > byLegacy);
  });

  it('uses tokens of either side on the other', async () => {
    await facade.flip('token-refresh', 'engine');
    await refreshes(1);
    const { status } = await agent.waitForNext('heartbeat');
    assert.equal(status, 200);
  });

  it('lives through the death of the engine', async () => {
    const pid = await facade.engineReady();
    process.kill(pid, 'SIGKILL');
    await facade.engineReady(pid);
    await refreshes(3);
  });

  it('was never lost, kept its socket, and has one enrolment', () => {
    assert.deepEqual(agent.fatal(), []);
    assert.equal(agent.events.filter(({ type }) => type === 'connected').length, 1);
    assert.equal(agent.events.filter(({ type }) => type === 'enrolled').length, 1);
  });
});
