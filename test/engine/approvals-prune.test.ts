/** The prune job does what the legacy's does, only while this engine owns it, and may be done twice. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Agent, request } from 'undici';
import { EngineEnded, type EngineProcess, startEngineProcess } from '../kit/engine-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const PAST = '2020-01-02T03:04:05+00:00';
const FUTURE = '2099-01-02T03:04:05+00:00';
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString().replace('Z', '000+00:00');

/** Codes and approvals of every kind, by telling ids. */
function seed(db: Database.Database): void {
  const code = (id: string, expires: string, uses: number, most = 2) => {
    db.prepare(
      'INSERT INTO enrollment_install_codes (id, code, expires_at, max_uses, use_count) VALUES (?, ?, ?, ?, ?)',
    ).run(id, id, expires, most, uses);
    db.prepare(
      'INSERT INTO enrollment_install_codes_persistent (id, code, created_at, expires_at) VALUES (?, ?, ?, ?)',
    ).run(id, id, PAST, expires);
  };
  const approval = (id: string, codeId: string, created: string, status = 'pending') =>
    db
      .prepare(`INSERT INTO device_approvals (id, approval_reference, hostname_claimed, ssl_key_fingerprint_claimed,
        enrollment_code_id, status, client_nonce, server_nonce, agent_pubkey_der, created_at, updated_at)
        VALUES (?, ?, 'PC', 'fp', ?, ?, 'n', 'n', x'00', ?, ?)`)
      .run(id, randomUUID(), codeId, status, created, created);
  code('open', FUTURE, 0);
  code('late', PAST, 0);
  code('late-but-used', PAST, 1);
  code('spent', FUTURE, 2);
  db.prepare("UPDATE enrollment_install_codes_persistent SET archived_at = 'before' WHERE id = 'late'").run();
  approval('young', 'open', hoursAgo(1));
  approval('old', 'open', hoursAgo(25));
  approval('young-on-late', 'late', hoursAgo(1));
  approval('young-on-late-but-used', 'late-but-used', hoursAgo(1));
  approval('young-on-spent', 'spent', hoursAgo(1));
  approval('young-without-code', 'gone', hoursAgo(1));
  approval('old-approved', 'spent', hoursAgo(25), 'approved');
}

function outcome(db: Database.Database) {
  const ids = (sql: string) => (db.prepare(sql).pluck().all() as string[]).sort();
  return {
    codes: ids('SELECT id FROM enrollment_install_codes'),
    expired: ids("SELECT id FROM device_approvals WHERE status = 'expired'"),
    pending: ids("SELECT id FROM device_approvals WHERE status = 'pending'"),
    archived: ids('SELECT id FROM enrollment_install_codes_persistent WHERE is_active = 0'),
    archivedBefore: ids("SELECT id FROM enrollment_install_codes_persistent WHERE archived_at = 'before'"),
  };
}

const PRUNED = {
  codes: ['late-but-used', 'open', 'spent'],
  expired: ['old', 'young-on-late-but-used', 'young-on-spent'],
  pending: ['young', 'young-on-late', 'young-without-code'],
  archived: ['late'],
  archivedBefore: ['late'],
};

describe('prune job', () => {
  let root: string;
  let databaseFile: string;
  let engine: EngineProcess | undefined;
  let legacy: SampleLegacy | undefined;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'prune-'));
    databaseFile = join(root, 'database.db');
    await (await startEngineProcess({ root, databaseFile })).stop();
    const db = new Database(databaseFile);
    seed(db);
    db.close();
  });
  afterEach(async () => {
    await engine?.stop();
    await legacy?.stop();
    engine = legacy = undefined;
    await rm(root, { recursive: true, force: true });
  });
  const look = () => {
    const db = new Database(databaseFile, { readonly: true });
    try {
      return outcome(db);
    } finally {
      db.close();
    }
  };

  it('runs when the engine is told to own it at start, like the legacy’s', async () => {
    engine = await startEngineProcess({ root, databaseFile, env: { BOREALIS_ENGINE_BACKGROUND: 'approvals-prune' } });
    await engine.logged(/background-done task=approvals-prune codes=1 approvals=3/);
    assert.deepEqual(look(), PRUNED);
  });

  it('has nothing left to do after the legacy’s, nor that after it', async () => {
    legacy = await startSampleLegacy({ root, databaseFile });
    assert.deepEqual(look(), PRUNED);
    engine = await startEngineProcess({ root, databaseFile, env: { BOREALIS_ENGINE_BACKGROUND: 'approvals-prune' } });
    await engine.logged(/background-done task=approvals-prune codes=0 approvals=0/);
    await legacy.restart();
    assert.deepEqual(look(), PRUNED);
  });

  it('does not run unless it is owned', async () => {
    const before = look();
    engine = await startEngineProcess({ root, databaseFile });
    await engine.logged(/bootstrap-complete/);
    assert.deepEqual(look(), before);
    assert.doesNotMatch(await engine.logText(), /background-/);
  });

  it('is taken and left by word of the facade, over the socket alone', async () => {
    engine = await startEngineProcess({ root, databaseFile, overSocket: true });
    const dispatcher = new Agent({ connect: { socketPath: engine.address } });
    const tell = async (method: 'GET' | 'PUT', body?: string, headers = {}) => {
      const answer = await request('http://engine/engine/internal/background', {
        ...{ method, dispatcher, headers },
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, body: text.startsWith('{') ? JSON.parse(text) : text };
    };
    try {
      const tasks = ['approvals-prune', 'scheduler'];
      const owned = async () => pick((await tell('GET')).body);
      assert.deepEqual(await owned(), { owned: [], tasks });
      for (const bad of ['', '{}', '[]', '{"owned":"approvals-prune"}', '{"owned":["cron"]}', '{"owned":[1]}']) {
        const { status, body } = await tell('PUT', bad);
        assert.deepEqual([status, body.error], [400, 'invalid_request']);
      }
      const asClient = await tell('PUT', '{"owned":["approvals-prune"]}', { 'x-forwarded-for': '10.0.0.1' });
      assert.equal(asClient.status, 404);
      const taken = await tell('PUT', '{"owned":["approvals-prune"]}');
      assert.deepEqual([taken.status, pick(taken.body)], [200, { owned: ['approvals-prune'], tasks }]);
      await engine.logged(/background-done task=approvals-prune codes=1 approvals=3/);
      // Told again, it goes on as it is; left and taken again, it runs anew.
      await tell('PUT', '{"owned":["approvals-prune"]}');
      await tell('PUT', '{"owned":[]}');
      await tell('PUT', '{"owned":["approvals-prune"]}');
      await engine.logged(/background-done task=approvals-prune codes=0 approvals=0/);
      assert.equal((await engine.logText()).match(/background-owned/g)?.length, 2);
    } finally {
      await dispatcher.close();
    }
  });

  it('is not taken by a name that the engine does not have', async () => {
    await assert.rejects(
      startEngineProcess({ root, databaseFile, env: { BOREALIS_ENGINE_BACKGROUND: 'cron' } }),
      (error: unknown) =>
        error instanceof EngineEnded &&
        error.exitCode === 2 &&
        /BOREALIS_ENGINE_BACKGROUND names cron: expected some of approvals-prune, scheduler/.test(error.errors),
    );
  });
});

function pick({ owned, tasks }: { readonly owned: unknown; readonly tasks: unknown }) {
  return { owned, tasks };
}
