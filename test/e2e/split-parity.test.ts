/** The recordings of the legacy's sockets, through the real facade at stage `split` with everything at the legacy. */
import assert from 'node:assert/strict';
import { startFacadeProcess } from '../kit/facade-process.js';
import { runScenario, type ScenarioResult } from '../kit/parity.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';

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

async function drive(scenario: string): Promise<ScenarioResult> {
  const legacy = await startSampleLegacy({ seedScenario: scenario });
  const facade = await startFacadeProcess({ legacy, args: ['--engine-mode', 'off'] });
  try {
    await facade.flip('sockets', 'split');
    return await runScenario({ scenario, base: facade.address, db: legacy.databaseFile, strict: true });
  } finally {
    await facade.stop();
    await legacy.stop();
  }
}

describe('parity at stage split, everything at the legacy', function () {
  this.timeout(90_000);

  for (const scenario of SCENARIOS) {
    it(scenario, async () => assert.deepEqual((await drive(scenario)).differences, []));
  }
});
