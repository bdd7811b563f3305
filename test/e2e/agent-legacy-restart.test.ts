/** The legacy is gone for a while: agents hear 502 to 504 from the facade, keep everything, and come back by themselves. */
import assert from 'node:assert/strict';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

describe('a legacy that is gone for a while', function () {
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
      timeScale: 0.05,
      refreshBefore: 900,
    });
    await approveAgent(legacy, agent);
    await agent.waitFor('checkin', ({ status }) => status === 200);
  });
  after(async () => {
    await agent.stop();
    await facade.stop();
    await legacy.stop();
  });

  it('shows as 502 to 504, and never as anything that costs tokens', async () => {
    const from = agent.events.length;
    const gone = agent.waitForNext('disconnected');
    await legacy.kill('SIGKILL');
    await gone;
    await agent.waitForNext('refresh_failed');
    const heard = agent.events.slice(from).flatMap(({ status }) => (typeof status === 'number' ? [status] : []));
    assert.deepEqual(
      heard.filter((status) => ![200, 502, 503, 504].includes(status)),
      [],
    );
  });

  it('rows of the engine keep working meanwhile', async () => {
    await facade.flip('health', 'engine');
    const answer = await fetch(`${facade.address}/health`);
    assert.equal(answer.status, 200);
  });

  it('has its agents back when it is back, with their tokens', async () => {
    const back = agent.waitForNext('connected');
    await legacy.restart();
    await back;
    assert.equal((await agent.waitForNext('heartbeat', ({ status }) => status === 200)).status, 200);
    assert.deepEqual(agent.fatal(), []);
    assert.equal(agent.events.filter(({ type }) => type === 'enrolled').length, 1);
  });
});
