/** The engine's answers against the recordings of the real legacy, for what it serves so far. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTlsBundle } from '../kit/certificates.js';
import { startEngineProcess } from '../kit/engine-process.js';
import { startEngineThenLegacy } from '../kit/engine-then-legacy.js';
import { paritySuite, runScenario, seedScenario, spaFixture } from '../kit/parity.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';
import { type SideBySide, sideBySide } from '../kit/side-by-side.js';

const deviations = join(paritySuite, '..', 'deviations.json');

/** Steps that need a route, or work of the scheduler's, which only the legacy does yet; shrinks as they move. */
const NOT_SERVED: Readonly<Record<string, readonly string[]>> = {
  'web-methods': [
    'origin and a JSON error',
    'origin and a fault',
    'origin on a route that asks for a login',
    'no origin on a route that asks for a login',
    'preflight on the proxy is an error',
    'options on the proxy',
    'head of an error',
  ],
  'operators-activity': [
    'describe',
    'describe: empty keeps the old one',
    'describe: missing keeps the old one',
    'describe: null',
    'describe: number',
    'describe: zero is none',
    'describe: a guid in lower case becomes upper case',
    'describe: a guid without hyphens gets them',
    'describe: a device without guid',
    'describe: other case is a new device',
    'describe: unknown host is a new device',
    'describe: blank host',
    'describe: malformed json',
    'describe: no json type',
    'describe: list body',
    'devices in the end',
  ],
  'operators-forged': [
    'admin by session, not in the table',
    'admin by session, role in lower case',
    'admin by token',
    'the role of the session counts, not that of the table',
    'the role of the token counts, not that of the table',
    'no role in the session',
    'a session of a user hides an admin token',
    'nobody',
  ],
};

/** What devices call: never the legacy's to answer here. */
const DEVICE_CALL = /^\w+ \/api\/(agents|agent\/)/;

const AT_ONCE = 6;
const IN_PART = [
  'smoke',
  'web-no-build',
  'web-spa',
  'web-methods',
  'agents-token-refresh',
  'operators-forged',
  'operators-activity',
];
const whole = ['agents-dpop', 'agents-heartbeat', 'agents-accounts'];
const enrollment = [
  'agents-enroll-request',
  'agents-enroll-poll',
  'agents-enroll-finish',
  'agents-enroll-lifecycle',
  'agents-limits',
];
const operators = ['operators-auth', 'operators-mfa', 'agents-install-codes', 'agents-approvals'];
const scheduler = [
  'scheduler-crud',
  'scheduler-create-rules',
  'scheduler-update-rules',
  'scheduler-faults',
  'quick-job-result',
];
/** The legacy's scheduler has ticked once before the first request, and scenarios show what that did. */
const ticked = ['scheduler-boot', 'scheduler-runs'];
const sockets = [
  'sockets-engineio',
  'sockets-relay',
  'sockets-bad-payloads',
  'sockets-registry',
  'sockets-devices',
  'sockets-large',
  'sockets-oversize',
  'sockets-http',
  'sockets-results',
  'sockets-faults',
];
const playbooks = ['ansible-recaps'];
/** Jobs of the engine, beside a legacy whose scheduler runs too and finds none. It waits for a minute to begin. */
const dispatched = ['scheduler-remote'];
/** Their files are made by the legacy. */
const assembled = ['ansible-quick-run', ...dispatched];
const devices = ['agents-device-auth', 'agents-device-recovery', 'agents-details', 'agents-hash'];

describe('engine: parity with the recordings', function () {
  this.timeout(300_000);
  const alone = [...IN_PART, ...whole, ...enrollment, ...operators, ...scheduler, ...ticked, ...sockets, ...playbooks];
  let results: SideBySide<Driven>;

  before(() => {
    results = sideBySide([...assembled, ...alone, ...devices], AT_ONCE, (scenario) =>
      alone.includes(scenario) ? drive(scenario) : driveWithLegacy(scenario),
    );
  });
  after(() => results?.ended());

  for (const scenario of IN_PART)
    it(scenario, async () => {
      const { differences } = await results.result(scenario);
      const steps = new Set(differences.map((line) => line.slice(0, line.indexOf(' · '))));
      assert.deepEqual([...steps].sort(), [...(NOT_SERVED[scenario] ?? [])].sort(), differences.join('\n'));
    });

  for (const scenario of [...whole, ...enrollment, ...operators, ...scheduler, ...ticked, ...sockets, ...playbooks])
    it(scenario, async () => assert.deepEqual((await results.result(scenario)).differences, []));

  for (const scenario of assembled)
    it(`${scenario}, with the sample legacy for the files of assemblies`, async () => {
      const { differences, passedOn } = await results.result(scenario);
      assert.deepEqual(differences, []);
      assert.deepEqual([...new Set(passedOn)], ['POST /api/assembly/create']);
    });

  for (const scenario of devices)
    it(`${scenario}, with the sample legacy for the steps before a device's own`, async () => {
      const { differences, passedOn } = await results.result(scenario);
      assert.deepEqual(differences, []);
      assert.deepEqual(
        passedOn.filter((call) => DEVICE_CALL.test(call)),
        [],
      );
    });
});

interface Driven {
  readonly differences: readonly string[];
  /** Calls that the legacy answered. */
  readonly passedOn: readonly string[];
}

async function drive(scenario: string): Promise<Driven> {
  const root = await mkdtemp(join(tmpdir(), 'engine-parity-'));
  const db = join(root, 'database.db');
  await seedScenario(scenario, db);
  writeTlsBundle(root);
  const static_ = scenario === 'web-no-build' ? {} : { staticFolder: spaFixture };
  // The legacy prunes at its start, and scenarios show what that left.
  const hasTicked = ticked.includes(scenario);
  const env = { BOREALIS_ENGINE_BACKGROUND: hasTicked ? 'approvals-prune,scheduler' : 'approvals-prune' };
  const engine = await startEngineProcess({ root, databaseFile: db, env, ...static_ });
  try {
    if (hasTicked) await engine.logged(/scheduler-ticked/);
    const { differences } = await runScenario({ scenario, base: engine.address, db, deviations });
    return { differences, passedOn: [] };
  } finally {
    await engine.stop();
    await rm(root, { recursive: true, force: true });
  }
}

async function driveWithLegacy(scenario: string): Promise<Driven> {
  const root = await mkdtemp(join(tmpdir(), 'engine-parity-'));
  const db = join(root, 'database.db');
  await seedScenario(scenario, db);
  const legacy = await startSampleLegacy({ root, databaseFile: db });
  // What agents say is looked for at once; other steps of these scenarios leave it a quarter of a second.
  const owned = { BOREALIS_ENGINE_BACKGROUND: 'scheduler', BOREALIS_SOCKETS_PRESENCE_DELAY_MS: '0' };
  const env = dispatched.includes(scenario) ? owned : {};
  const engine = await startEngineProcess({ root, databaseFile: db, env });
  const both = await startEngineThenLegacy(engine.address, legacy.url);
  try {
    const { differences } = await runScenario({ scenario, base: both.base, db, deviations });
    return { differences, passedOn: both.passedOn };
  } finally {
    await both.stop();
    await engine.stop();
    await legacy.stop();
    await rm(root, { recursive: true, force: true });
  }
}
