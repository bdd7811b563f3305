/** A real agent lives its life with everything that it calls at shadow: the engine is asked, and the agent can't tell. */
import assert from 'node:assert/strict';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';
import { countOf, untilCounted } from '../kit/facade-metrics.js';
import { NEVER_SHED } from '../kit/patient-shadowing.js';

const COMPARED = 'facade_comparisons_total';
const DROPPED = 'facade_comparison_drops_total';

describe('an agent whose every call is at shadow', function () {
  this.timeout(120_000);
  let world: AgentWorld;

  before(async () => {
    world = await startAgentWorld({ agent: { timeScale: 0.02 }, facade: { args: NEVER_SHED } });
    for (const target of ['token-refresh', 'device-calls', 'enrollment']) await world.facade.flip(target, 'shadow');
  });
  after(async () => {
    await world?.stop();
  });

  const lives = async (): Promise<void> => {
    assert.equal((await world.agent.waitForNext('refreshed')).status, 200);
    assert.equal((await world.agent.waitForNext('heartbeat')).status, 200);
  };

  it('goes on as before, and is compared', async () => {
    await lives();
    await untilCounted(world.facade, 2, COMPARED, 'row="token-refresh"');
    await untilCounted(world.facade, 2, COMPARED, 'row="agent-heartbeat"');
    assert.equal(await countOf(world.facade, 'facade_requests_total', 'side="engine"'), 0);
  });

  it('does not notice an engine that hangs', async () => {
    const pid = await world.facade.engineReady();
    process.kill(pid, 'SIGSTOP');
    try {
      await lives();
      await untilCounted(world.facade, 1, DROPPED, 'reason="engine_timeout"');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('does not notice an engine that is killed', async () => {
    const pid = await world.facade.engineReady();
    process.kill(pid, 'SIGKILL');
    await lives();
    await world.facade.engineReady(pid);
    const before = await countOf(world.facade, COMPARED);
    await lives();
    await untilCounted(world.facade, before + 1, COMPARED);
  });

  it('lost nothing, and heard nothing but 200', () => {
    assert.deepEqual(world.agent.fatal(), []);
    assert.equal(world.agent.events.filter(({ type }) => type === 'enrolled').length, 1);
    assert.equal(world.agent.events.filter(({ type }) => type === 'connected').length, 1);
    const statuses = world.agent.events.map(({ status }) => status).filter((status) => typeof status === 'number');
    assert.deepEqual(
      statuses.filter((status) => status !== 200),
      [],
    );
  });
});
