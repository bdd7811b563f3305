/** Mismatches of a faulty engine are still there when they are replayed at it, and gone at an engine that is mended. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { request } from 'undici';
import type { Replayed, ReplayReport } from '../../src/facade/comparing/replay/replay-pairs.js';
import { readEd25519Key } from '../../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { countOf, untilCounted } from '../kit/facade-metrics.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { patientShadowing } from '../kit/patient-shadowing.js';
import { type Plant, type PlantedBuild, plantedBuild } from '../kit/planted-build.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const GUID = 'CCCCCCCC-DDDD-4EEE-8FFF-000000000002';
const FINGERPRINT = 'cd'.repeat(32);
const REFRESH_TOKEN = 'q'.repeat(64);
const TABLE = `version: 1
routes:
  - { id: me,      match: GET /api/auth/me,              stage: shadow }
  - { id: beat,    match: POST /api/agent/heartbeat,     stage: shadow }
  - { id: refresh, match: POST /api/agent/token/refresh, stage: shadow }
`;
const FAULTS: readonly Plant[] = [
  {
    file: 'engine/interfaces/http/auth-routes.ts',
    find: 'jsonAnswer(200, { username, display_name: displayName, role }),',
    replace: 'jsonAnswer(200, { username, role: role || displayName }),',
  },
  {
    file: 'engine/repositories/sqlite/sqlite-device-repository.ts',
    find: '      beat.externalIp ?? null,\n      beat.internalIp ?? null,',
    replace: '      beat.internalIp ?? null,\n      beat.externalIp ?? null,',
  },
  {
    file: 'engine/services/token-refresh-service.ts',
    find: 'storedTokenVersion(device.tokenVersion, 1);',
    replace: 'storedTokenVersion(device.tokenVersion, 1) + 1;',
  },
];

describe('replayed mismatches', function () {
  this.timeout(120_000);
  let legacy: SampleLegacy;
  let build: PlantedBuild;
  let folder: string;
  let facade: FacadeProcess;

  const start = async (sources?: string): Promise<void> => {
    const parts = sources === undefined ? {} : { sources };
    facade = await startFacadeProcess({ legacy, folder, ...patientShadowing, ...parts });
    await facade.engineReady();
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replay-'));
    await writeFile(join(folder, 'migration-table.yaml'), TABLE);
    build = await plantedBuild(FAULTS);
    legacy = await startSampleLegacy();
    seed(legacy.databaseFile);
    await start(build.sources);
    await callAll(legacy, facade);
  });
  after(async () => {
    await facade?.stop();
    await legacy?.stop();
    await build?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const replay = async (): Promise<{ report: ReplayReport; outcomes: Record<string, Replayed['outcome']> }> => {
    const report = (await facade.admin('POST', '/replay', { who: 'test' })) as ReplayReport;
    return { report, outcomes: Object.fromEntries(report.replayed.map(({ row, outcome }) => [row, outcome])) };
  };

  it('are still there at the engine that made them; those whose secrets are needed say so', async () => {
    const { report, outcomes } = await replay();
    assert.deepEqual(outcomes, { me: 'still', beat: 'still', refresh: 'not_replayable' }, JSON.stringify(report));
    const details = Object.fromEntries(report.replayed.map(({ row, detail }) => [row, detail]));
    assert.match(details.me ?? '', /missing body\.display_name/);
    assert.match(details.beat ?? '', /value rows\.devices\[\*\]\.internal_ip/);
    assert.match(details.refresh ?? '', /The body held a secret, which is not kept/);
  });

  it('leave no trace in the database', async () => {
    const database = new Database(legacy.databaseFile, { readonly: true });
    const row = () => database.prepare('SELECT * FROM devices WHERE guid = ?').get(GUID);
    const before = row();
    await replay();
    assert.deepEqual(row(), before);
    database.close();
  });

  it('are gone at an engine that is mended, with tokens that are made anew', async () => {
    await facade.end();
    await start();
    const { report, outcomes } = await replay();
    assert.deepEqual(outcomes, { me: 'gone', beat: 'gone', refresh: 'not_replayable' }, JSON.stringify(report));
  });

  it('belong to evidence that ended with the faulty build', async () => {
    const { evidence } = (await facade.admin('GET', '/comparisons/me')) as {
      evidence: { period: null; earlier: readonly { counts: { mismatch: number } }[] };
    };
    assert.equal(evidence.period, null);
    assert.equal(evidence.earlier[0]?.counts.mismatch, 1);
  });

  it('hold no secret on the disk', async () => {
    const admin = await legacy.adminToken();
    for (const file of ['facade.db', 'facade.db-wal']) {
      const bytes = await readFile(join(facade.stateDirectory, file)).catch(() => Buffer.alloc(0));
      for (const secret of [REFRESH_TOKEN, admin]) assert.equal(bytes.includes(secret), false, file);
    }
  });
});

function seed(databaseFile: string): void {
  const db = new Database(databaseFile);
  db.prepare(
    "INSERT INTO devices (guid, hostname, ssl_key_fingerprint, token_version, status, created_at, last_seen) VALUES (?, 'PC', ?, 1, 'active', 1700000000, 1700000000)",
  ).run(GUID, FINGERPRINT);
  db.prepare(
    "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES ('rt', ?, ?, '2024-01-02T03:04:05+00:00', '2099-01-02T03:04:05+00:00')",
  ).run(GUID, createHash('sha256').update(REFRESH_TOKEN).digest('hex'));
  db.close();
}

/** One call after the other, so that no other write comes between. */
async function callAll(legacy: SampleLegacy, facade: FacadeProcess): Promise<void> {
  const key = join(legacy.root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key');
  const { privateKey, kid } = await readEd25519Key(key);
  const claims = { guid: GUID, fingerprint: FINGERPRINT, tokenVersion: 1 };
  const device = await accessTokenSigner(privateKey, kid).sign(claims, Math.floor(Date.now() / 1000));
  const addresses = { external_ip: '192.0.2.1', internal_ip: '10.0.0.1' };
  const calls = [
    ['GET', '/api/auth/me', await legacy.adminToken(), undefined],
    ['POST', '/api/agent/heartbeat', device, { hostname: 'PC', ...addresses, metrics: { uptime: 5 } }],
    ['POST', '/api/agent/token/refresh', undefined, { guid: GUID, refresh_token: REFRESH_TOKEN }],
  ] as const;
  let compared = await countOf(facade, 'facade_comparisons_total');
  for (const [method, path, bearer, body] of calls) {
    const answer = await request(facade.address + path, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.equal(answer.statusCode, 200, `${method} ${path}: ${await answer.body.text()}`);
    compared += 1;
    await untilCounted(facade, compared, 'facade_comparisons_total');
  }
}
