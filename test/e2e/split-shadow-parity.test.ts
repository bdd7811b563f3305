/**
 * The recordings of the legacy's sockets with every event at shadow: clients get what they get without, and what the engine would
 * have done agrees with what the legacy did.
 */
import assert from 'node:assert/strict';
import { startFacadeProcess } from '../kit/facade-process.js';
import { runScenario, type ScenarioResult } from '../kit/parity.js';
import { NEVER_SHED } from '../kit/patient-shadowing.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';

const SCENARIOS = ['sockets-relay', 'sockets-registry', 'sockets-devices', 'sockets-results'];
const EVENTS = ['presence', 'screenshots', 'windows', 'playbook-runs', 'event:macro_status', 'event:quick_job_result'];

interface Summary {
  readonly row: string;
  readonly counts: Readonly<Record<'match' | 'ignored' | 'mismatch' | 'inconclusive', number>>;
}

interface Outcome {
  readonly client: ScenarioResult;
  readonly rows: readonly Summary[];
}

async function drive(scenario: string): Promise<Outcome> {
  const legacy = await startSampleLegacy({ seedScenario: scenario });
  const facade = await startFacadeProcess({
    legacy,
    args: [...NEVER_SHED, '--shadow-dry-run-timeout-ms', '5000', '--shadow-copy-timeout-ms', '500'],
    env: { BOREALIS_ENGINE_DRY_RUN_WAIT_MS: '5000', BOREALIS_ENGINE_DRY_RUN_HOLD_MS: '5000' },
  });
  try {
    await facade.engineReady();
    await facade.flip('sockets', 'split');
    for (const target of EVENTS) await facade.flip(target, 'shadow');
    const client = await runScenario({ scenario, base: facade.address, db: legacy.databaseFile, strict: true });
    const { rows } = (await facade.admin('GET', '/comparisons')) as { rows: readonly Summary[] };
    return { client, rows: rows.filter(({ row }) => row.startsWith('event:')) };
  } finally {
    await facade.stop();
    await legacy.stop();
  }
}

describe('recordings of sockets with every event at shadow', function () {
  this.timeout(200_000);
  const outcomes = new Map<string, Promise<Outcome>>();
  before(() => {
    // They mostly wait for what is not to come.
    for (const scenario of SCENARIOS) {
      const outcome = drive(scenario);
      // The test of the scenario tells.
      outcome.catch(() => undefined);
      outcomes.set(scenario, outcome);
    }
  });
  after(() => Promise.allSettled(outcomes.values()));

  for (const scenario of SCENARIOS)
    it(scenario, async () => {
      const { client, rows } = (await outcomes.get(scenario)) ?? assert.fail();
      assert.deepEqual(client.differences, []);
      const compared = rows.filter(({ counts }) => counts.match + counts.mismatch > 0);
      assert.ok(compared.length > 0);
      assert.deepEqual(
        compared.filter(({ counts }) => counts.mismatch > 0).map(({ row }) => row),
        [],
      );
    });
});
