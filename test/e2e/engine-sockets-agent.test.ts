/** A real agent on the engine's own Socket.IO server: straight to it, and through the facade's tunnel. It never stays away. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgentWorld } from '../kit/agent-world.js';
import { writeTlsBundle } from '../kit/certificates.js';
import { startEngineProcess } from '../kit/engine-process.js';
import { type OperatorCalls, operatorAt } from '../kit/operator-calls.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';

/** The only agent that the registry shows, by its id. */
async function shownAgent(operator: OperatorCalls): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await operator.call('GET', '/api/agents');
  const agents = Object.values(body as Record<string, Record<string, unknown>>);
  const online = agents.find(({ status }) => status !== 'Offline');
  return online ?? {};
}

async function provision(operator: OperatorCalls, roles: readonly unknown[]): Promise<void> {
  const { agent_id } = await shownAgent(operator);
  const { status } = await operator.call('POST', '/api/agent/provision', { agent_id, roles });
  assert.equal(status, 200);
}

describe('an agent on the Socket.IO server of the engine', () => {
  it('enrols, connects, is provisioned, and comes back after a restart', async () => {
    const root = await mkdtemp(join(tmpdir(), 'engine-agent-'));
    writeTlsBundle(root);
    let engine = await startEngineProcess({ root });
    const port = new URL(engine.address).port;
    const operator = operatorAt(engine.address);
    let agent: SampleAgent | undefined;
    try {
      const code = await makeInstallCode(operator);
      agent = await startSampleAgent({ server: engine.address, code, timeScale: 0.05, refreshBefore: 900 });
      await approveAgent(operator, agent);
      await agent.waitFor('checkin', ({ status }) => status === 200);
      await provision(operator, [{ role: 'a' }, { role: 'b' }]);
      await agent.waitFor('config', ({ roles }) => roles === 2);
      assert.equal((await shownAgent(operator)).status, 'provisioned');
      const gone = agent.waitForNext('disconnected');
      await engine.end();
      await gone;
      const back = [agent.waitForNext('connected'), agent.waitForNext('checkin', ({ status }) => status === 200)];
      engine = await startEngineProcess({ root, env: { BOREALIS_PORT: port } });
      await Promise.all(back);
      assert.equal((await shownAgent(operator)).status, 'orphaned');
      assert.deepEqual(agent.fatal(), []);
    } finally {
      await agent?.stop();
      await engine.stop();
      await rm(root, { recursive: true, force: true });
    }
  }).timeout(60_000);

  it('moves there through the facade by one reconnection', async () => {
    const world = await startAgentWorld();
    const { facade, agent } = world;
    try {
      await facade.flip('sockets', 'engine');
      const again = agent.waitForNext('checkin', ({ status }) => status === 200, 40_000);
      const back = agent.waitForNext('connected', () => true, 40_000);
      await facade.admin('POST', '/sockets/drain', { side: 'legacy', ratePerSecond: 100, why: 'a test', who: 'test' });
      await Promise.all([back, again]);
      const { sockets } = (await facade.admin('GET', '/sockets')) as { sockets: readonly { side: string }[] };
      assert.deepEqual(
        sockets.map(({ side }) => side),
        ['engine'],
      );
      assert.equal(agent.events.filter(({ type }) => type === 'disconnected').length, 1);
      assert.deepEqual(agent.fatal(), []);
    } finally {
      await world.stop();
    }
  }).timeout(120_000);
});
