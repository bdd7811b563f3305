/**
 * The recordings of the legacy's sockets through the real facade: with everything at the legacy, by tunnel and by bridge, and with
 * everything at the engine, by bridge and by tunnel. At the engine, what POLICY mends differs as test/parity/deviations.json says.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startFacadeProcess } from '../kit/facade-process.js';
import { paritySuite, runScenario, type ScenarioResult } from '../kit/parity.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';
import { type SideBySide, sideBySide } from '../kit/side-by-side.js';

const SCENARIOS = [
  'sockets-engineio',
  'sockets-relay',
  'sockets-bad-payloads',
  'sockets-registry',
  'sockets-devices',
  'sockets-results',
  'sockets-large',
  'sockets-oversize',
  'sockets-http',
  'sockets-faults',
];
const EVENTS = ['presence', 'screenshots', 'windows', 'playbook-runs', 'event:macro_status', 'event:quick_job_result'];
const deviations = join(paritySuite, '..', 'deviations.json');

interface Way {
  readonly name: string;
  readonly stage: 'legacy' | 'split' | 'engine';
  readonly atEngine: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'legacy', stage: 'legacy', atEngine: false },
  { name: 'split, everything at the legacy', stage: 'split', atEngine: false },
  { name: 'split, everything at the engine', stage: 'split', atEngine: true },
  { name: 'engine', stage: 'engine', atEngine: true },
];

async function drive(scenario: string, { stage, atEngine }: Way): Promise<ScenarioResult> {
  const legacy = await startSampleLegacy({ seedScenario: scenario });
  const facade = await startFacadeProcess({
    legacy,
    ...(atEngine ? {} : { args: ['--engine-mode', 'off'] }),
  });
  try {
    if (atEngine) await facade.engineReady();
    if (stage !== 'legacy') await facade.flip('sockets', stage);
    if (atEngine && stage === 'split') for (const target of EVENTS) await facade.flip(target, 'engine');
    // The routes that read or write what the sockets' process remembers.
    if (atEngine) await facade.flip('registry', 'engine');
    const held = atEngine ? { deviations } : { strict: true };
    return await runScenario({ scenario, base: facade.address, db: legacy.databaseFile, ...held });
  } finally {
    await facade.stop();
    await legacy.stop();
  }
}

/** Scenarios mostly wait for what is not to come, so more run side by side than there are cores. */
const AT_ONCE = 6;

describe('parity of the sockets', function () {
  this.timeout(400_000);
  const drives = new Map(
    WAYS.flatMap((way) => SCENARIOS.map((scenario) => [`${scenario} at ${way.name}`, { way, scenario }])),
  );
  let results: SideBySide<ScenarioResult>;

  before(() => {
    results = sideBySide([...drives.keys()], AT_ONCE, (name) => {
      const { scenario, way } = drives.get(name) as { scenario: string; way: Way };
      return drive(scenario, way);
    });
  });
  after(() => results?.ended());

  for (const name of drives.keys())
    it(name, async () => assert.deepEqual((await results.result(name)).differences, []));
});
