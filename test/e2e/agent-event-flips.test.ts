/** A python agent over TLS at stage split stays connected through ten flips of every row of events, and is heard at each stage. */
import assert from 'node:assert/strict';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

/** Each group of events, and each event that is in none. */
const TARGETS = [
  'registry',
  'presence',
  'screenshots',
  'windows',
  'playbook-runs',
  'event:quick_job_result',
  'event:macro_status',
  'event:job_status_request',
];
const FLIPS = 10;

describe('an agent whose events are flipped', function () {
  this.timeout(120_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let agent: SampleAgent;

  before(async () => {
    legacy = await startSampleLegacy({ tls: true });
    facade = await startFacadeProcess({ legacy, tls: true });
    await facade.engineReady();
    await facade.flip('sockets', 'split');
    agent = await startSampleAgent({
      server: facade.address.replace('127.0.0.1', 'localhost'),
      code: await makeInstallCode(legacy),
      roleSeconds: 5,
      timeScale: 0.02,
      systemStore: legacy.rootCertificateFile,
    });
    await approveAgent(legacy, agent);
    await agent.waitFor('connected');
  });
  after(async () => {
    await agent?.stop();
    await facade?.stop();
    await legacy?.stop();
  });

  const counted = async (event: string, side: string): Promise<number> => {
    const { events } = (await facade.admin('GET', '/sockets')) as {
      events: readonly { event: string; side: string; outcome: string; count: number }[];
    };
    const own = ['passed', 'handled'];
    return events.find((one) => one.event === event && one.side === side && own.includes(one.outcome))?.count ?? 0;
  };
  /** Waits for another event of the agent at a side. */
  const heard = async (event: string, side: string): Promise<void> => {
    const before = await counted(event, side);
    while ((await counted(event, side)) <= before) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  for (const target of TARGETS)
    it(`notices nothing of ${FLIPS} flips of ${target}`, async () => {
      for (let flip = 0; flip < FLIPS; flip += 1) {
        const stage = flip % 2 === 0 ? 'engine' : 'legacy';
        await facade.flip(target, stage);
        if (target === 'presence') await heard('agent_heartbeat', stage);
      }
      assert.deepEqual(agent.fatal(), []);
    });

  it('is where it was, on its first connection, and nothing it said was lost', async () => {
    for (const target of TARGETS) await facade.flip(target, 'engine');
    await heard('agent_heartbeat', 'engine');
    // What it had to say before it was connected, it lost by itself.
    const since = agent.events.slice(agent.events.findIndex(({ type }) => type === 'connected'));
    const said = (wanted: string) => since.filter(({ type }) => type === wanted).length;
    assert.deepEqual([said('connected'), said('disconnected'), said('event_lost')], [1, 0, 0]);
    assert.deepEqual(agent.fatal(), []);
  });
});
