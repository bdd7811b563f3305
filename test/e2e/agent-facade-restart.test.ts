/** The facade is stopped and started again on its address and state: sockets end at the transport, agents come back. */
import assert from 'node:assert/strict';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';

describe('a facade that is started again', function () {
  this.timeout(90_000);
  let world: AgentWorld;
  let second: FacadeProcess;

  before(async () => {
    world = await startAgentWorld({ agent: { timeScale: 0.1 } });
    await world.facade.flip('token-refresh', 'engine');
  });
  after(async () => {
    // The folder is the first one's, whose stop removes it.
    await second?.stop();
    await world?.stop();
  });

  it('ends with code 0, and closes sockets without the packets that agents never come back from', async () => {
    const { facade: first, agent } = world;
    const gone = agent.waitForNext('disconnected');
    assert.equal(await first.end(), 0);
    await gone;
    assert.deepEqual(agent.fatal(), []);
  });

  it('goes on with the table as it was flipped', async () => {
    const { facade: first, legacy, agent } = world;
    const back = agent.waitForNext('connected');
    second = await startFacadeProcess({ legacy, port: first.port, folder: first.folder });
    const { routes } = (await second.admin('GET', '/routes')) as { routes: { id: string; stage: string }[] };
    assert.equal(routes.find(({ id }) => id === 'token-refresh')?.stage, 'engine');
    await back;
  });

  it('serves the agent as before', async () => {
    const { agent } = world;
    await second.engineReady();
    assert.equal((await agent.waitForNext('refreshed', ({ status }) => status === 200)).status, 200);
    assert.equal((await agent.waitForNext('heartbeat', ({ status }) => status === 200)).status, 200);
    assert.deepEqual(agent.fatal(), []);
    assert.equal(agent.events.filter(({ type }) => type === 'enrolled').length, 1);
  });
});
