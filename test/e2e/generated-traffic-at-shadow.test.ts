/**
 * A day of a small fleet through the facade, with every row at shadow that the engine serves: calls of machines, newcomers, operators,
 * visitors and odd programs, drawn by a seed. Over each of these rows, and each status below 500 that the recordings show of them, there
 * is no mismatch but those that a mended fault of the legacy's explains: with one call after the other, where nearly every comparison
 * tells whether the sides agree, and with several at once, where writes disturb each other.
 *
 * The course follows from the seed, but for ids and clocks of the servers. FLEET_SEED draws another day.
 */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Dispatcher } from 'undici';
import { samplePath } from '../../src/facade/admin/check/sample-path.js';
import { engineSocketPath } from '../../src/facade/engine-process/engine-socket-path.js';
import { readEd25519Key } from '../../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { type ComparedTraffic, comparedTraffic, countOfVerdict } from '../kit/compared-traffic.js';
import type { EditedTable } from '../kit/edited-table.js';
import { explainedMismatches, explains } from '../kit/explained-mismatches.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type FleetDay, fleetDay } from '../kit/fleet/fleet-day.js';
import { spaFixture } from '../kit/parity.js';
import { patientShadowing } from '../kit/patient-shadowing.js';
import { type ListedRow, listedRows, recordedStatuses, rowFinder } from '../kit/recorded-statuses.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';
import { shadowTable } from '../kit/shadow-table.js';

const SEED = Number(process.env.FLEET_SEED ?? 20251125);
const QUIET = { actions: 1320, atOnce: 1, rest: 1, breathMs: 10 };
const BUSY = { actions: 290, atOnce: 3, rest: 12, breathMs: 0 };
/** Shares of comparisons that tell whether the sides agree. Where several write at once on a busy machine, few do. */
const [CONCLUSIVE_QUIET, CONCLUSIVE_BUSY] = [0.85, 0.3];
/** On a machine that is busier than can be measured, copies are shed whatever the settings say. */
const MOST_SHED = 0.05;

const NOT_IMPLEMENTED = 501;

/** Statuses that are recorded, and that this day does not show, by row. */
const NOT_SHOWN: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  agent: { 200: 'only the process that remembers an agent can forget it' },
  'enroll-request': { 429: 'dry runs are not counted, so the engine knows of no limit that is reached' },
  'enroll-poll': { 409: 'what was proved once is remembered by the process that served it' },
  'spa-index': { 404: 'there is a web interface here' },
};

/** Rows whose answers tell, or rest on, which agents a process remembers: dry runs teach the engine nothing of that. */
const REMEMBERING: readonly string[] = [
  ...['agents', 'agent', 'agent-hash', 'agent-hash-list', 'agent-checkin', 'agent-service-account-rotate'],
];
/** Of them, those that are about nothing else. */
const NO_VERDICT: ReadonlySet<string> = new Set(['agents', 'agent', 'agent-hash-list']);

interface World {
  readonly table: EditedTable;
  readonly legacy: SampleLegacy;
  readonly facade: FacadeProcess;
}

interface Conclusive {
  readonly share: number;
  readonly told: string;
}

async function startWorld(): Promise<World> {
  const table = await shadowTable();
  const legacy = await startSampleLegacy({ staticFolder: spaFixture });
  const facade = await startFacadeProcess({
    legacy,
    tableFile: table.file,
    args: [...(patientShadowing.args ?? []), '--trusted-proxies', '127.0.0.1'],
    env: { ...patientShadowing.env, BOREALIS_STATIC_ROOT: spaFixture },
  });
  await facade.engineReady();
  return { table, legacy, facade };
}

async function beginDay({ legacy, facade }: World): Promise<FleetDay> {
  const keyFile = join(legacy.root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key');
  const { privateKey, kid } = await readEd25519Key(keyFile);
  const signer = accessTokenSigner(privateKey, kid);
  return fleetDay({
    ...{ base: facade.address, databaseFile: legacy.databaseFile, seed: SEED },
    assembliesFolder: join(legacy.root, 'Assemblies'),
    sign: (claims) => signer.sign(claims, Math.floor(Date.now() / 1000)),
  });
}

/** Of these rows, those of which the engine serves a route. */
async function servedRows({ stateDirectory }: FacadeProcess, rows: readonly ListedRow[]): Promise<ListedRow[]> {
  const client = new Client('http://engine', { socketPath: engineSocketPath(stateDirectory, tmpdir()) });
  try {
    const { body } = await client.request({ method: 'GET', path: '/engine/internal/routes' });
    const { routes } = (await body.json()) as { routes: readonly { rule: string; methods: readonly string[] }[] };
    const served = new Set(routes.flatMap(({ rule, methods }) => methods.map((method) => `${method} ${rule}`)));
    const isServed = ({ matches }: ListedRow): boolean =>
      matches.some(({ rule, methods }) => methods.some((method) => served.has(`${method} ${rule}`)));
    return rows.filter(isServed);
  } finally {
    await client.close();
  }
}

/** Whether the sample legacy knows the row, or a method of it, by its path alone: then nothing can be compared. */
async function isOfLegacyByPathAlone({ matches }: ListedRow, { call, adminToken }: SampleLegacy): Promise<boolean> {
  const token = await adminToken();
  for (const { rule, methods } of matches)
    for (const method of methods) {
      const body = method === 'GET' ? undefined : {};
      const { status } = await call(method as Dispatcher.HttpMethod, samplePath(rule), body, token);
      if (status === NOT_IMPLEMENTED) return true;
    }
  return false;
}

/** Of what was compared after `before`. */
function conclusive(traffic: ComparedTraffic, before?: ComparedTraffic): Conclusive {
  const count = (verdict: string): number =>
    countOfVerdict(traffic, verdict) - (before === undefined ? 0 : countOfVerdict(before, verdict));
  const told = count('match') + count('ignored') + count('mismatch');
  const all = told + count('inconclusive');
  return { share: told / all, told: `${told} of ${all}; ${JSON.stringify(traffic.inconclusive)}` };
}

function tally(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

describe(`a fleet's day at shadow, drawn by ${SEED}`, function () {
  this.timeout(300_000);
  let world: World;
  let day: FleetDay;
  let rows: readonly ListedRow[];
  let quiet: ComparedTraffic;
  let busy: ComparedTraffic;
  /** Recorded of the row, below 500, and to be shown. */
  let expected: ReadonlyMap<string, readonly number[]>;

  before(async () => {
    world = await startWorld();
    rows = (await listedRows(world.facade)).filter(({ stage }) => stage === 'shadow');
    const recorded = await recordedStatuses(rowFinder(await listedRows(world.facade)));
    expected = new Map(
      rows.map(({ id }) => [
        id,
        [...(recorded.get(id) ?? [])].filter((status) => status < 500 && NOT_SHOWN[id]?.[status] === undefined),
      ]),
    );
    day = await beginDay(world);
    await day.pass(QUIET);
    quiet = await comparedTraffic(world.facade);
    await day.pass(BUSY);
    busy = await comparedTraffic(world.facade);
  });
  after(async () => {
    await world?.facade.stop();
    await world?.legacy.stop();
    await world?.table.remove();
  });

  it('takes in every row that the engine serves', async () => {
    const left = (await listedRows(world.facade)).filter(({ stage }) => stage !== 'shadow');
    const missing: string[] = [];
    for (const row of await servedRows(world.facade, left))
      if (!(await isOfLegacyByPathAlone(row, world.legacy))) missing.push(row.id);
    assert.deepEqual(missing, []);
  });

  it('meets each status that is recorded of them', () => {
    const rowOf = rowFinder(rows);
    const met = new Set(day.exchanges.map(({ method, target, status }) => `${rowOf(method, target)} ${status}`));
    const missing = [...expected].flatMap(([id, statuses]) => statuses.map((status) => `${id} ${status}`));
    assert.deepEqual(
      missing.filter((one) => !met.has(one)),
      [],
    );
    assert.ok(day.enrolled() > 0);
  });

  it('comes to a verdict for each row and each class of statuses', async () => {
    const missing: string[] = [];
    for (const [id, statuses] of expected) {
      if (NO_VERDICT.has(id)) continue;
      const { evidence } = (await world.facade.admin('GET', `/comparisons/${id}`)) as {
        evidence: { statuses: readonly { readonly value: string; readonly compared: number }[] };
      };
      const compared = new Set(evidence.statuses.filter((cell) => cell.compared > 0).map(({ value }) => value));
      const classes = new Set(statuses.map((status) => `${Math.floor(status / 100)}xx`));
      if (compared.size === 0) missing.push(`${id} at all`);
      missing.push(...[...classes].filter((value) => !compared.has(value)).map((value) => `${id} ${value}`));
    }
    assert.deepEqual(missing, []);
  });

  it('shows no difference but what is mended', async () => {
    const entries = await explainedMismatches();
    assert.deepEqual(
      busy.mismatches.filter((found) => !entries.some((entry) => explains(entry, found))),
      [],
    );
  });

  it('shows what is mended to none but those who met it', () => {
    const rowOf = rowFinder(rows);
    const odd = day.exchanges.filter(({ isOdd }) => isOdd);
    const met = tally(odd.map(({ method, target, status }) => `${rowOf(method, target)} ${status}`));
    const found = tally(busy.mismatches.map(({ row, legacy }) => `${row} ${legacy}`));
    assert.ok(found.size > 0);
    assert.deepEqual(
      [...found].filter(([of, count]) => count > (met.get(of) ?? 0)),
      [],
    );
  });

  it('is compared nearly whole', () => {
    const shed = busy.drops.reduce((sum, { what, count }) => (what === 'loop_busy' ? sum + count : sum), 0);
    assert.deepEqual(
      busy.drops.filter(({ what }) => what !== 'loop_busy'),
      [],
    );
    assert.ok(shed <= day.exchanges.length * MOST_SHED, `${shed} shed`);
    assert.deepEqual(
      busy.inconclusive.filter(
        ({ row, what }) => what !== 'disturbed' && !(what === 'remembered' && REMEMBERING.includes(row)),
      ),
      [],
    );
    const [alone, together] = [conclusive(quiet), conclusive(busy, quiet)];
    assert.ok(alone.share >= CONCLUSIVE_QUIET, `one after the other: ${alone.told}`);
    assert.ok(together.share >= CONCLUSIVE_BUSY, `several at once: ${together.told}`);
  });
});
