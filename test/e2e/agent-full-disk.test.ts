/** Nothing can be written any more: log, state and table stay as they are, traffic goes on, agents notice nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';

describe('a full disk', function () {
  this.timeout(90_000);
  let logs: string;
  let world: AgentWorld;

  before(async () => {
    logs = await mkdtemp(join(tmpdir(), 'full-disk-'));
    world = await startAgentWorld({ facade: { args: ['--log-directory', logs, '--log-requests', 'true'] } });
    await world.facade.flip('health', 'engine');
    // No file of the facade's may grow beyond one byte: what a full disk does, on any machine and for this process only.
    execFileSync('prlimit', ['--pid', String(world.facade.child.pid), '--fsize=1:1']);
  });
  after(async () => {
    await world?.stop();
    await rm(logs, { recursive: true });
  });

  it('leaves traffic alone, on either side', async () => {
    for (let i = 0; i < 20; i += 1) {
      assert.equal((await fetch(`${world.facade.address}/health`)).status, 200);
      assert.equal((await fetch(`${world.facade.address}/api/server/time`)).status, 200);
    }
    assert.equal((await world.agent.waitForNext('refreshed')).status, 200);
    assert.equal((await world.agent.waitForNext('heartbeat')).status, 200);
  });

  it('refuses flips with the reason, and nothing is half done', async () => {
    await assert.rejects(world.facade.flip('health', 'legacy'), /503 .*(history_write_failed|table_write_failed)/);
    assert.equal((await fetch(`${world.facade.address}/health`)).status, 200);
    const { routes } = (await world.facade.admin('GET', '/routes')) as { routes: { id: string; stage: string }[] };
    assert.equal(routes.find(({ id }) => id === 'health')?.stage, 'engine');
  });

  it('costs the agent nothing', () => {
    assert.deepEqual(world.agent.fatal(), []);
    assert.equal(world.agent.events.filter(({ type }) => type === 'connected').length, 1);
  });
});
