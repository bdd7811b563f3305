/** The engine dies again and again while it answers an agent's refreshes; the agent keeps its tokens and its socket. */
import assert from 'node:assert/strict';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';

describe('an engine that dies again and again', function () {
  this.timeout(90_000);
  let world: AgentWorld;

  before(async () => {
    world = await startAgentWorld({ agent: { timeScale: 0.02 } });
    await world.facade.flip('token-refresh', 'engine');
  });
  after(async () => {
    await world?.stop();
  });

  it('is started anew each time, and refreshes go on', async () => {
    for (let kill = 0; kill < 4; kill += 1) {
      const pid = await world.facade.engineReady();
      process.kill(pid, 'SIGKILL');
      await world.facade.engineReady(pid);
      assert.equal((await world.agent.waitForNext('refreshed', ({ status }) => status === 200)).status, 200);
    }
  });

  it('costs the agent neither tokens nor socket; what failed meanwhile was 502 or 503', () => {
    assert.deepEqual(world.agent.fatal(), []);
    assert.equal(world.agent.events.filter(({ type }) => type === 'enrolled').length, 1);
    assert.equal(world.agent.events.filter(({ type }) => type === 'connected').length, 1);
    const statuses = world.agent.events.map(({ status }) => status).filter((status) => typeof status === 'number');
    assert.deepEqual(
      statuses.filter((status) => ![200, 502, 503].includes(status)),
      [],
    );
  });
});
