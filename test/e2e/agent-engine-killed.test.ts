/** The engine dies again and again while it answers an agent's refreshes; the agent keeps its tokens and its socket. */
import assert from 'node:assert/strict';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

describe('an engine that dies again and again', function () {
  this.timeout(90_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let agent: SampleAgent;

  before(async () => {
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy });
    await facade.engineReady();
    agent = await startSampleAgent({
      server: facade.address,
      code: await makeInstallCode(legacy),
      timeScale: 0.02,
      refreshBefore: 900,
    });
    await approveAgent(legacy, agent);
    await agent.waitFor('connected');
    await facade.flip('token-refresh', 'engine');
  });
  after(async () => {
    await agent.stop();
    await facade.stop();
    await legacy.stop();
  });

  it('is started anew each time, and refreshes go on', async () => {
    for (let kill = 0; kill < 4; kill += 1) {
      const pid = await facade.engineReady();
      process.kill(pid, 'SIGKILL');
      await facade.engineReady(pid);
      assert.equal((await agent.waitForNext('refreshed', ({ status }) => status === 200)).status, 200);
    }
  });

  it('costs the agent neither tokens nor socket; what failed meanwhile was 502 or 503', () => {
    assert.deepEqual(agent.fatal(), []);
    assert.equal(agent.events.filter(({ type }) => type === 'enrolled').length, 1);
    assert.equal(agent.events.filter(({ type }) => type === 'connected').length, 1);
    const statuses = agent.events.map(({ status }) => status).filter((status) => typeof status === 'number');
    assert.deepEqual(
      statuses.filter((status) => ![200, 502, 503].includes(status)),
      [],
    );
  });
});
