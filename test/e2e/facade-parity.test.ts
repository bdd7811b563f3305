/** The recordings of the real legacy, through the real facade: with everything at legacy, and with rows at the engine. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { editedTable } from '../kit/edited-table.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { paritySuite, runScenario, type ScenarioResult, spaFixture, TRUSTED_PROXIES } from '../kit/parity.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';
import { type SideBySide, sideBySide } from '../kit/side-by-side.js';

/** Steps that the facade refuses by itself, whichever side the row is at, with the reason. */
type Refusals = Readonly<Record<string, { readonly reason: string; readonly steps: readonly string[] }>>;

const deviations = join(paritySuite, '..', 'deviations.json');
const refusals = JSON.parse(await readFile(join(paritySuite, '..', 'facade-refusals.json'), 'utf8')) as Refusals;

const AT_LEGACY = ['smoke', 'web-no-build', 'web-spa', 'agents-token-refresh', 'agents-heartbeat'];
/** What the engine serves of a scenario; the rest stays at the legacy. The first waits for a full minute beside the others. */
const AT_ENGINE: Readonly<Record<string, readonly string[]>> = {
  'scheduler-dispatch': ['scheduling'],
  smoke: ['health', 'server-time', 'web'],
  'web-no-build': ['health', 'web'],
  'web-spa': ['health', 'web'],
  'agents-token-refresh': ['token-refresh'],
  'agents-accounts': ['device-calls'],
  'agents-details': ['device-calls'],
  'agents-device-auth': ['device-calls', 'token-refresh'],
  'agents-device-recovery': ['device-calls', 'token-refresh'],
  'agents-dpop': ['device-calls', 'token-refresh'],
  'agents-hash': ['device-calls'],
  'agents-heartbeat': ['device-calls'],
  'agents-enroll-request': ['enrollment'],
  'agents-enroll-poll': ['enrollment'],
  'agents-enroll-finish': ['enrollment', 'token-refresh', 'device-calls'],
  'agents-enroll-lifecycle': ['enrollment', 'token-refresh', 'device-calls'],
  'agents-limits': ['enrollment'],
  'agents-install-codes': ['enrollment-admin', 'operator-session'],
  'agents-approvals': ['enrollment-admin'],
  'operators-auth': ['operator-session'],
  'operators-mfa': ['operator-session'],
};
/** All that differs. A job of the engine's reads as disabled for the legacy's scheduler. */
const DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  'scheduler-dispatch': ['create the job · rows.0.row.enabled: 1 ≠ 0'],
};
/**
 * What these scenarios look at was learned from devices by the process that answered them, so these rows are at the engine too. The
 * shipped table moves them with the sockets; here no agent has one.
 */
const REGISTRY_AT_ENGINE = ['agents-accounts', 'agents-details', 'agents-hash'];
const REGISTRY = { agents: 'engine', 'agent-hash': 'engine', 'agent-hash-list': 'engine' };

async function drive(scenario: string, targets: readonly string[]): Promise<ScenarioResult> {
  const web = scenario === 'web-spa' ? { staticFolder: spaFixture } : {};
  const legacy = await startSampleLegacy({ seedScenario: scenario, ...web });
  if (targets.length > 0) addAgent(legacy.databaseFile);
  const trusted = TRUSTED_PROXIES[scenario];
  const table = REGISTRY_AT_ENGINE.includes(scenario) ? await editedTable({ stages: REGISTRY }) : undefined;
  const facade = await startFacadeProcess({
    legacy,
    ...(table === undefined ? {} : { tableFile: table.file }),
    ...(trusted === undefined ? {} : { args: ['--trusted-proxies', trusted] }),
    env: { BOREALIS_STATIC_ROOT: web.staticFolder ?? join(legacy.root, 'no-build') },
  });
  try {
    if (targets.length > 0) await facade.engineReady();
    for (const target of targets) {
      if (target === 'scheduling') await giveScheduler(facade);
      await facade.flip(target, 'engine');
    }
    const held = targets.length > 0 ? { deviations } : { strict: true };
    return await runScenario({ scenario, base: facade.address, db: legacy.databaseFile, ...held });
  } finally {
    await facade.stop();
    await table?.remove();
    await legacy.stop();
  }
}

/** As soon as the sockets are linked. By force: the engine does not know yet who is offline. */
async function giveScheduler(facade: FacadeProcess): Promise<void> {
  await facade.flip('sockets', 'split');
  for (;;)
    try {
      return await facade.flip('background:scheduler', 'engine', { force: true });
    } catch (error) {
      if (!String(error).includes('no link')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

/** Rows with tokens do not move to an engine whose database knows no agent. */
function addAgent(databaseFile: string): void {
  const db = new Database(databaseFile);
  db.prepare(
    "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES ('agent', 'x', 'x', 'x', 'x')",
  ).run();
  db.close();
}

function assertAgrees(scenario: string, { differingSteps, differences }: ScenarioResult): void {
  const meant = DIFFERENCES[scenario];
  if (meant !== undefined) {
    assert.deepEqual(differences, meant);
    return;
  }
  const refused = refusals[scenario]?.steps ?? [];
  assert.deepEqual([...differingSteps].sort(), [...refused].sort(), differences.join('\n'));
  for (const step of refused)
    assert.ok(differences.some((line) => line.startsWith(`${step} · status`) && line.endsWith('≠ 400')));
}

const AT_ONCE = 4;

describe('parity through the facade', function () {
  this.timeout(300_000);
  /** By the test's name: scenario, and what is at the engine. */
  const drives = new Map<string, readonly [scenario: string, targets: readonly string[]]>([
    ...Object.entries(AT_ENGINE).map(
      ([scenario, targets]) => [`${scenario}, ${targets.join(', ')} at engine`, [scenario, targets]] as const,
    ),
    ...AT_LEGACY.map((scenario) => [`${scenario}, everything at legacy`, [scenario, []]] as const),
  ]);
  let results: SideBySide<ScenarioResult>;

  before(() => {
    results = sideBySide([...drives.keys()], AT_ONCE, (name) => drive(...(drives.get(name) ?? ['', []])));
  });
  after(() => results?.ended());

  for (const [name, [scenario]] of drives) it(name, async () => assertAgrees(scenario, await results.result(name)));
});
