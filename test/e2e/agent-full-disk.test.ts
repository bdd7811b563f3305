/** Nothing can be written any more: log, state and table stay as they are, traffic goes on, agents notice nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

describe('a full disk', function () {
  this.timeout(90_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let agent: SampleAgent;
  let logs: string;

  before(async () => {
    logs = await mkdtemp(join(tmpdir(), 'full-disk-'));
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy, args: ['--log-directory', logs, '--log-requests', 'true'] });
    await facade.engineReady();
    agent = await startSampleAgent({
      server: facade.address,
      code: await makeInstallCode(legacy),
      timeScale: 0.05,
      refreshBefore: 900,
    });
    await approveAgent(legacy, agent);
    await agent.waitFor('checkin', ({ status }) => status === 200);
    await facade.flip('health', 'engine');
    // No file of the facade's may grow beyond one byte: what a full disk does, on any machine and for this process only.
    execFileSync('prlimit', ['--pid', String(facade.child.pid), '--fsize=1:1']);
  });
  after(async () => {
    await agent.stop();
    await facade.stop();
    await legacy.stop();
    await rm(logs, { recursive: true });
  });

  it('leaves traffic alone, on either side', async () => {
    for (let i = 0; i < 20; i += 1) {
      assert.equal((await fetch(`${facade.address}/health`)).status, 200);
      assert.equal((await fetch(`${facade.address}/api/server/time`)).status, 200);
    }
    assert.equal((await agent.waitForNext('refreshed')).status, 200);
    assert.equal((await agent.waitForNext('heartbeat')).status, 200);
  });

  it('refuses flips with the reason, and nothing is half done', async () => {
    await assert.rejects(facade.flip('health', 'legacy'), /503 .*(history_write_failed|table_write_failed)/);
    assert.equal((await fetch(`${facade.address}/health`)).status, 200);
    const { routes } = (await facade.admin('GET', '/routes')) as { routes: { id: string; stage: string }[] };
    assert.equal(routes.find(({ id }) => id === 'health')?.stage, 'engine');
  });

  it('costs the agent nothing', () => {
    assert.deepEqual(agent.fatal(), []);
    assert.equal(agent.events.filter(({ type }) => type === 'connected').length, 1);
  });
});
