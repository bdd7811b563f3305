/**
 * The recordings of the legacy's sockets, through the real facade with all of it at the engine: as a tunnel to its own server, and
 * event by event over the link, with the clients' sessions still the legacy's.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { editedTable } from '../kit/edited-table.js';
import { startFacadeProcess } from '../kit/facade-process.js';
import { paritySuite, runScenario, type ScenarioResult } from '../kit/parity.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';

const deviations = join(paritySuite, '..', 'deviations.json');

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
/** Those in which a tunnel could matter; test/engine/parity.test.ts holds the engine itself to all of them. */
const TUNNELLED = ['sockets-engineio', 'sockets-relay', 'sockets-large', 'sockets-oversize'];
/** What no engine serves yet leaves its group: it would hold the others back. */
const QUICK_RUNS = { 'scripts-quick-run': 'legacy', 'ansible-quick-run': 'legacy' };
const EVENTS = [
  'presence',
  'registry',
  'screenshots',
  'windows',
  'playbook-runs',
  'event:macro_status',
  'event:quick_job_result',
];

async function drive(scenario: string, flips: readonly (readonly [string, string])[]): Promise<ScenarioResult> {
  const legacy = await startSampleLegacy({ seedScenario: scenario });
  const table = await editedTable({ stages: QUICK_RUNS });
  const facade = await startFacadeProcess({ legacy, tableFile: table.file });
  try {
    await facade.engineReady();
    for (const [target, stage] of flips) await facade.flip(target, stage);
    return await runScenario({ scenario, base: facade.address, db: legacy.databaseFile, deviations });
  } finally {
    await facade.stop();
    await table.remove();
    await legacy.stop();
  }
}

describe('parity of sockets at the engine', function () {
  this.timeout(120_000);
  const atEngine = [
    ['sockets', 'engine'],
    ['registry', 'engine'],
  ] as const;
  const byEvent = [['sockets', 'split'], ...EVENTS.map((target) => [target, 'engine'] as const)] as const;

  for (const scenario of TUNNELLED)
    it(`${scenario}, tunnelled`, async () => assert.deepEqual((await drive(scenario, atEngine)).differences, []));
  for (const scenario of SCENARIOS)
    it(`${scenario}, by event`, async () => assert.deepEqual((await drive(scenario, byEvent)).differences, []));
});
