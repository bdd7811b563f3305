/**
 * An engine with one fault in each of many places, behind rows at shadow: each fault is found, and named by its kind and its
 * place. The same calls to an engine without faults find nothing.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { readEd25519Key } from '../../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { countOf, untilCounted } from '../kit/facade-metrics.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { patientShadowing } from '../kit/patient-shadowing.js';
import { type Plant, type PlantedBuild, plantedBuild } from '../kit/planted-build.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const GUID = 'CCCCCCCC-DDDD-4EEE-8FFF-000000000001';
const FINGERPRINT = 'cd'.repeat(32);
const REFRESH_TOKEN = 'r'.repeat(64);
/** SHA-512 of `Password`, the default admin's, which the engine with the leak gives away. */
const PASSWORD_HASH = createHash('sha512').update('Password').digest('hex');

const TABLE = `version: 1
defaults: { stage: legacy }
routes:
  - { id: sites,   match: GET /api/sites,                         stage: shadow }
  - { id: me,      match: GET /api/auth/me,                       stage: shadow }
  - { id: codes,   match: GET|POST /api/admin/enrollment-codes,   stage: shadow }
  - { id: refresh, match: POST /api/agent/token/refresh,          stage: shadow }
  - { id: beat,    match: POST /api/agent/heartbeat,              stage: shadow }
  - { id: details, match: POST /api/agent/details,                stage: shadow }
  - { id: script,  match: POST /api/agent/script/request,         stage: shadow }
sockets: { stage: legacy }
background: { scheduler: { owner: legacy } }
`;

/** A fault, and the difference that must name it. */
interface PlantedFault {
  readonly name: string;
  readonly plant: Plant;
  readonly row: string;
  readonly found: Difference;
  /** What else it brings about. */
  readonly follows?: Difference;
}

interface Difference {
  readonly kind: string;
  readonly path: RegExp;
}

const DEVICE_ROUTES = 'engine/interfaces/http/device-routes.ts';
const FAULTS: readonly PlantedFault[] = [
  {
    name: 'a wrong status',
    plant: {
      file: DEVICE_ROUTES,
      find: 'return jsonAnswer(200, {\n    status: quarantined',
      replace: 'return jsonAnswer(202, {\n    status: quarantined',
    },
    row: 'script',
    found: { kind: 'status', path: /^status$/ },
  },
  {
    name: 'a dropped field',
    plant: {
      file: 'engine/interfaces/http/auth-routes.ts',
      find: 'jsonAnswer(200, { username, display_name: displayName, role }),',
      replace: 'jsonAnswer(200, { username, role: role || displayName }),',
    },
    row: 'me',
    found: { kind: 'missing', path: /^body\.display_name$/ },
  },
  {
    name: 'a leaked secret in a body',
    plant: {
      file: DEVICE_ROUTES,
      find: "jsonAnswer(200, { status: 'ok', poll_after_ms",
      replace: `jsonAnswer(200, { password: '${PASSWORD_HASH}', status: 'ok', poll_after_ms`,
    },
    row: 'beat',
    found: { kind: 'extra', path: /^body\.password$/ },
  },
  {
    name: 'a changed type',
    plant: {
      file: DEVICE_ROUTES,
      find: 'poll_after_ms: HEARTBEAT_MS }',
      replace: 'poll_after_ms: String(HEARTBEAT_MS) }',
    },
    row: 'beat',
    found: { kind: 'type', path: /^body\.poll_after_ms$/ },
  },
  {
    name: 'a reordered list',
    plant: {
      file: 'engine/interfaces/http/site-routes.ts',
      find: 'listed.map(',
      replace: '[...listed].reverse().map(',
    },
    row: 'sites',
    found: { kind: 'order', path: /^body\.sites$/ },
  },
  {
    name: 'a forgotten row',
    plant: {
      file: 'engine/repositories/sqlite/sqlite-install-code-repository.ts',
      find: 'created_by_user_id, max_uses, last_known_use_count, is_active\n  ) VALUES (?, ?, ?, ?, ?, ?, 0, 1)`',
      replace:
        'created_by_user_id, max_uses, last_known_use_count, is_active\n  ) SELECT ?, ?, ?, ?, ?, ?, 0, 1 WHERE 1 = 0`',
    },
    row: 'codes',
    found: { kind: 'missing', path: /^rows\.enrollment_install_codes_persistent/ },
  },
  {
    name: 'a deadline that is off by one second',
    plant: {
      file: 'engine/services/enrollment-admin-service.ts',
      find: 'isoUtc(now + order.ttlHours * HOUR_MS)',
      replace: 'isoUtc(now + order.ttlHours * HOUR_MS + 1000)',
    },
    row: 'codes',
    found: { kind: 'value', path: /^body\.expires_at$/ },
    follows: { kind: 'value', path: /^rows\.enrollment_install_codes.*\.expires_at$/ },
  },
  {
    name: 'an extra row',
    plant: {
      file: 'engine/services/details-service.ts',
      find: 'await repositories.deviceKeys.insertIfMissing({ id: keyId, guid: agentGuid(device.guid), ...key });',
      replace:
        "await repositories.deviceKeys.insertIfMissing({ id: keyId, guid: agentGuid(device.guid), ...key });\n      await repositories.deviceKeys.insertIfMissing({ id: keyId.toUpperCase(), guid: agentGuid(device.guid), ...key, fingerprint: 'ee' });",
    },
    row: 'details',
    found: { kind: 'extra', path: /^rows\.device_keys/ },
  },
  {
    name: 'a value in the wrong column',
    plant: {
      file: 'engine/repositories/sqlite/sqlite-device-repository.ts',
      find: '      beat.externalIp ?? null,\n      beat.internalIp ?? null,',
      replace: '      beat.internalIp ?? null,\n      beat.externalIp ?? null,',
    },
    row: 'beat',
    found: { kind: 'value', path: /^rows\.devices.*\.(?:in|ex)ternal_ip$/ },
    // At the second call the legacy has nothing to change.
    follows: { kind: 'extra', path: /^rows\.devices.*\.(?:in|ex)ternal_ip$/ },
  },
  {
    name: 'a clock that is off by one second',
    plant: {
      file: 'engine/services/token-refresh-service.ts',
      find: 'await refreshTokens.markUsed(id, isoUtc(now));',
      replace: 'await refreshTokens.markUsed(id, isoUtc(now + 1000));',
    },
    row: 'refresh',
    found: { kind: 'value', path: /^rows\.refresh_tokens.*\.last_used_at$/ },
  },
  {
    name: 'a token with a wrong claim',
    plant: {
      file: 'engine/services/token-refresh-service.ts',
      find: 'storedTokenVersion(device.tokenVersion, 1);',
      replace: 'storedTokenVersion(device.tokenVersion, 1) + 1;',
    },
    row: 'refresh',
    found: { kind: 'value', path: /^body\.access_token/ },
  },
];

interface Pair {
  readonly id: number;
  readonly row: string;
  readonly differences: readonly { readonly kind: string; readonly path: string }[];
}

interface World {
  readonly legacy: SampleLegacy;
  readonly facade: FacadeProcess;
  mismatches(): Promise<readonly Pair[]>;
  stop(): Promise<void>;
}

async function startWorld(sources?: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'planted-'));
  const tableFile = join(folder, 'table.yaml');
  await writeFile(tableFile, TABLE);
  const legacy = await startSampleLegacy();
  seed(legacy.databaseFile);
  const facade = await startFacadeProcess({
    legacy,
    tableFile,
    ...patientShadowing,
    ...(sources === undefined ? {} : { sources }),
  });
  await facade.engineReady();
  return {
    legacy,
    facade,
    mismatches: async () =>
      ((await facade.admin('GET', '/pairs?verdict=mismatch&limit=1000')) as { pairs: Pair[] }).pairs,
    stop: async () => {
      await facade.stop();
      await legacy.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function seed(databaseFile: string): void {
  const db = new Database(databaseFile);
  db.prepare(
    "INSERT INTO devices (guid, hostname, ssl_key_fingerprint, token_version, status, created_at, last_seen) VALUES (?, 'PC', ?, 1, 'active', 1700000000, 1700000000)",
  ).run(GUID, FINGERPRINT);
  db.prepare(
    "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES ('rt', ?, ?, '2024-01-02T03:04:05+00:00', '2099-01-02T03:04:05+00:00')",
  ).run(GUID, createHash('sha256').update(REFRESH_TOKEN).digest('hex'));
  for (const name of ['Aachen', 'Bonn', 'Celle'])
    db.prepare("INSERT INTO sites (name, description, created_at) VALUES (?, '', 1700000000)").run(name);
  db.close();
}

/** Every row of the table once, one call after the other, so that no other write comes between. */
async function callAll({ legacy, facade }: World): Promise<number> {
  const { privateKey, kid } = await readEd25519Key(
    join(legacy.root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key'),
  );
  const device = await accessTokenSigner(privateKey, kid).sign(
    { guid: GUID, fingerprint: FINGERPRINT, tokenVersion: 1 },
    Math.floor(Date.now() / 1000),
  );
  const admin = await legacy.adminToken();
  const calls: readonly (readonly ['GET' | 'POST', string, string | undefined, unknown?])[] = [
    ['GET', '/api/sites', undefined],
    ['GET', '/api/auth/me', admin],
    ['POST', '/api/admin/enrollment-codes', admin, { ttl_hours: 6, max_uses: 2 }],
    ['POST', '/api/agent/token/refresh', undefined, { guid: GUID, refresh_token: REFRESH_TOKEN }],
    [
      'POST',
      '/api/agent/heartbeat',
      device,
      { hostname: 'PC', external_ip: '192.0.2.1', internal_ip: '10.0.0.1', metrics: { uptime: 5 } },
    ],
    [
      'POST',
      '/api/agent/details',
      device,
      { hostname: 'PC', agent_id: 'PC-agent', details: { summary: { hostname: 'PC', operating_system: 'Windows' } } },
    ],
    ['POST', '/api/agent/script/request', device, {}],
  ];
  let compared = await countOf(facade, 'facade_comparisons_total');
  for (const [method, path, bearer, body] of calls) {
    const answer = await request(`${facade.address}${path}`, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.equal(answer.statusCode, 200, `${method} ${path}: ${await answer.body.text()}`);
    await answer.body.dump();
    compared += 1;
    await untilCounted(facade, compared, 'facade_comparisons_total');
  }
  return calls.length;
}

describe('faults planted into the engine', function () {
  this.timeout(120_000);
  let build: PlantedBuild;
  let world: World;
  let mismatches: readonly Pair[];

  before(async () => {
    build = await plantedBuild(FAULTS.map(({ plant }) => plant));
    world = await startWorld(build.sources);
    // Twice: the first calls find everything cold, and sides that work a second apart explain a clock that is off by one.
    await callAll(world);
    await callAll(world);
    mismatches = await world.mismatches();
  });
  after(async () => {
    await world?.stop();
    await build?.remove();
  });

  for (const { name, row, found } of FAULTS) {
    it(`${name} is found and named`, () => {
      const told = mismatches.filter((pair) => pair.row === row).flatMap(({ differences }) => differences);
      assert.ok(
        told.some(({ kind, path }) => kind === found.kind && found.path.test(path)),
        `${row} differs in ${JSON.stringify(told)}`,
      );
    });
  }

  it('what leaked is kept nowhere', async () => {
    for (const file of ['facade.db', 'facade.db-wal']) {
      const bytes = await readFile(join(world.facade.stateDirectory, file)).catch(() => Buffer.alloc(0));
      for (const secret of [PASSWORD_HASH, REFRESH_TOKEN]) assert.equal(bytes.includes(secret), false, file);
    }
  });

  it('nothing else is', () => {
    const explained = FAULTS.flatMap(({ row, found, follows }) =>
      [found, follows].flatMap((difference) => (difference === undefined ? [] : [{ row, ...difference }])),
    );
    const others = mismatches.flatMap(({ row, differences }) =>
      differences
        .filter(({ kind, path }) => !explained.some((e) => e.row === row && e.kind === kind && e.path.test(path)))
        .map(({ kind, path }) => `${row}: ${kind} ${path}`),
    );
    assert.deepEqual(others, []);
  });
});

describe('an engine without planted faults', function () {
  this.timeout(120_000);
  let world: World;

  before(async () => {
    world = await startWorld();
  });
  after(async () => {
    await world?.stop();
  });

  it('differs in nothing, over the same calls', async () => {
    await callAll(world);
    await callAll(world);
    const told = (await world.mismatches()).map(({ row, differences }) => ({ row, differences }));
    assert.deepEqual(told, []);
    assert.equal(await countOf(world.facade, 'facade_comparisons_total', 'verdict="match"'), 14);
  });
});
