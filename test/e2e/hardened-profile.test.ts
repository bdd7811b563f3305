/** The hardened profile, in front of a real legacy: agents live on, operators work, everybody else is refused. */
import assert from 'node:assert/strict';
import { sealSession } from '../../src/legacy-bridge/operators/session-cookie.js';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';
import { type EditedTable, editedTable } from '../kit/edited-table.js';
import { startFacadeProcess } from '../kit/facade-process.js';
import { runScenario, type ScenarioResult } from '../kit/parity.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';
import { signedIn } from '../kit/signed-in.js';

const ADMIN = new Map(Object.entries({ username: 'admin', role: 'Admin' }));

describe('an agent under the hardened profile', function () {
  this.timeout(90_000);
  let table: EditedTable;
  let world: AgentWorld;

  before(async () => {
    table = await editedTable({ profile: 'hardened' });
    world = await startAgentWorld({ facade: { tableFile: table.file }, agent: { roleSeconds: 5 } });
  });
  after(async () => {
    await world?.stop();
    await table?.remove();
  });

  it('enrols, connects, beats, checks in, refreshes and reports', async () => {
    await world.agent.waitFor('connected');
    for (const type of ['heartbeat', 'checkin', 'refreshed', 'script_request', 'details'] as const)
      assert.equal((await world.agent.waitFor(type)).status, 200, type);
  });

  it('runs a job that an operator starts, and nobody else', async () => {
    const made = { island: 'scripts', kind: 'file', path: 'x.ps1' };
    await world.legacy.call('POST', '/api/assembly/create', made);
    const job = { hostnames: ['SAMPLE-PC'], script_path: 'Scripts/x.ps1', run_mode: 'system' };
    const start = (headers: Record<string, string>) =>
      fetch(`${world.facade.address}/api/scripts/quick_run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(job),
      });
    assert.equal((await start({})).status, 403);
    const token = await world.legacy.adminToken();
    assert.equal((await start({ authorization: `Bearer ${token}` })).status, 200);
    assert.equal((await world.agent.waitFor('job')).status, 'Success');
  });

  it('asks for its hash without a token, as its updater does', async () => {
    const hash = await fetch(`${world.facade.address}/api/agent/hash?agent_id=nobody`);
    assert.equal(hash.status, 404);
    assert.notEqual((await fetch(`${world.facade.address}/api/repo/current_hash`)).status, 403);
  });

  it('lives through flips of its rows, both ways', async () => {
    for (const stage of ['engine', 'legacy'])
      for (const target of ['token-refresh', 'device-calls']) {
        await world.facade.flip(target, stage);
        assert.equal((await world.agent.waitForNext('refreshed')).status, 200);
        assert.equal((await world.agent.waitForNext('heartbeat')).status, 200);
      }
  });

  it('is told a bad token by the side itself: 401, which only the side may say', async () => {
    const answer = await fetch(`${world.facade.address}/api/agent/heartbeat`, {
      method: 'POST',
      headers: { authorization: 'Bearer spoilt' },
    });
    assert.equal(answer.status, 401);
    assert.deepEqual(await answer.json(), { error: 'invalid_token' });
  });

  it('was never judged by the facade, nor lost', async () => {
    const metrics = String(await world.facade.admin('GET', '/metrics'));
    const judged = [...metrics.matchAll(/facade_access_judgements_total\{row="([^"]+)"/g)].map(([, row]) => row);
    assert.deepEqual([...new Set(judged)], ['scripts-quick-run']);
    assert.deepEqual(world.agent.fatal(), []);
  });
});

describe('the recordings under the hardened profile', function () {
  this.timeout(90_000);
  let table: EditedTable;
  before(async () => {
    table = await editedTable({ profile: 'hardened' });
  });
  after(() => table?.remove());

  const drive = async (scenario: string, { asAdmin }: { asAdmin: boolean }): Promise<ScenarioResult> => {
    const legacy = await startSampleLegacy({ seedScenario: scenario });
    const facade = await startFacadeProcess({ legacy, tableFile: table.file, args: ['--engine-mode', 'off'] });
    const cookie = `session=${sealSession(ADMIN, 'borealis-dev-secret', Math.floor(Date.now() / 1000))}`;
    const browser = asAdmin ? await signedIn(facade.address, cookie) : undefined;
    try {
      const base = browser?.url ?? facade.address;
      return await runScenario({ scenario, base, db: legacy.databaseFile, strict: true });
    } finally {
      await browser?.close();
      await facade.stop();
      await legacy.stop();
    }
  };

  for (const scenario of ['agents-enroll-lifecycle', 'operators-auth']) {
    it(`${scenario} is as it was: its routes ask for their proofs themselves`, async () => {
      assert.deepEqual((await drive(scenario, { asAdmin: false })).differences, []);
    });
  }

  /** The tool's words may be cut off at their end, when they are many: the last step counts only when all of it was told. */
  const assertDiffer = ({ differences, differingSteps }: ScenarioResult, status: RegExp) => {
    for (const step of differences.length > 100 ? differingSteps.slice(0, -1) : differingSteps)
      assert.ok(
        differences.some((line) => line.startsWith(`${step} · status: `) && status.test(line)),
        differences.filter((line) => line.startsWith(step)).join('\n'),
      );
  };

  for (const scenario of ['operators-sites', 'operators-devices']) {
    it(`${scenario} is as it was for who is signed in`, async () => {
      const result = await drive(scenario, { asAdmin: true });
      // A browser that is signed in can't show what a guest is told.
      assertDiffer(result, / 401 ≠ 200$/);
      assert.ok(result.differingSteps.length <= 1, result.differences.join('\n'));
    });

    it(`${scenario} is refused to who is not`, async () => {
      const result = await drive(scenario, { asAdmin: false });
      assert.ok(result.differingSteps.length > 10);
      assertDiffer(result, / ≠ 403$/);
    });
  }
});
