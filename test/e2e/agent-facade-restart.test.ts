/** The facade is stopped and started again on its address and state: sockets end at the transport, agents come back. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

describe('a facade that is started again', function () {
  this.timeout(90_000);
  let legacy: SampleLegacy;
  let first: FacadeProcess;
  let second: FacadeProcess;
  let agent: SampleAgent;

  before(async () => {
    legacy = await startSampleLegacy();
    first = await startFacadeProcess({ legacy });
    await first.engineReady();
    agent = await startSampleAgent({
      server: first.address,
      code: await makeInstallCode(legacy),
      timeScale: 0.1,
      refreshBefore: 900,
    });
    await approveAgent(legacy, agent);
    // After its first check-in the agent has greeted the server: from then on a lost connection is one that it renews.
    await agent.waitFor('checkin', ({ status }) => status === 200);
    await first.flip('token-refresh', 'engine');
  });
  after(async () => {
    await agent.stop();
    await second.stop();
    await legacy.stop();
    await rm(first.folder, { recursive: true });
  });

  it('ends with code 0, and closes sockets without the packets that agents never come back from', async () => {
    const gone = agent.waitForNext('disconnected');
    assert.equal(await first.end(), 0);
    await gone;
    assert.deepEqual(agent.fatal(), []);
  });

  it('goes on with the table as it was flipped', async () => {
    const back = agent.waitForNext('connected');
    second = await startFacadeProcess({ legacy, port: first.port, folder: first.folder });
    const { routes } = (await second.admin('GET', '/routes')) as { routes: { id: string; stage: string }[] };
    assert.equal(routes.find(({ id }) => id === 'token-refresh')?.stage, 'engine');
    await back;
  });

  it('serves the agent as before', async () => {
    await second.engineReady();
    assert.equal((await agent.waitForNext('refreshed', ({ status }) => status === 200)).status, 200);
    assert.equal((await agent.waitForNext('heartbeat', ({ status }) => status === 200)).status, 200);
    assert.deepEqual(agent.fatal(), []);
    assert.equal(agent.events.filter(({ type }) => type === 'enrolled').length, 1);
  });
});
