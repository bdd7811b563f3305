/** The legacy is gone for a while: agents hear 502 to 504 from the facade, keep everything, and come back by themselves. */
import assert from 'node:assert/strict';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';

describe('a legacy that is gone for a while', function () {
  this.timeout(90_000);
  let world: AgentWorld;

  before(async () => {
    world = await startAgentWorld();
  });
  after(async () => {
    await world?.stop();
  });

  it('shows as 502 to 504, and never as anything that costs tokens', async () => {
    const from = world.agent.events.length;
    const gone = world.agent.waitForNext('disconnected');
    await world.legacy.kill('SIGKILL');
    await gone;
    await world.agent.waitForNext('refresh_failed');
    const heard = world.agent.events.slice(from).flatMap(({ status }) => (typeof status === 'number' ? [status] : []));
    assert.ok(
      heard.some((status) => status >= 502),
      `it heard ${heard.join(', ')}`,
    );
    assert.deepEqual(
      heard.filter((status) => ![200, 502, 503, 504].includes(status)),
      [],
    );
  });

  it('rows of the engine keep working meanwhile', async () => {
    await world.facade.flip('health', 'engine');
    const answer = await fetch(`${world.facade.address}/health`);
    assert.equal(answer.status, 200);
  });

  it('has its agents back when it is back, with their tokens', async () => {
    const back = world.agent.waitForNext('connected');
    await world.legacy.restart();
    await back;
    assert.equal((await world.agent.waitForNext('heartbeat', ({ status }) => status === 200)).status, 200);
    assert.deepEqual(world.agent.fatal(), []);
    assert.equal(world.agent.events.filter(({ type }) => type === 'enrolled').length, 1);
  });
});
