/** A unit of work of which nothing is kept: what it reads, what it tells, and that it always lets go. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSharedDatabase, type SharedDatabase } from '../../../src/engine/open-shared-database.js';
import type { DryRunChanges } from '../../../src/engine/repositories/dry-run-unit-of-work.js';
import { traceDatabase } from '../../kit/database-trace.js';
import { silentLog } from '../../kit/silent-engine-log.js';

const user = (username: string) => ({ username, displayName: username, passwordSha512: 'x', role: 'User' });

describe('engine: the unit of work of a dry run', () => {
  let folder: string;
  let file: string;
  let database: SharedDatabase;
  let db: Database.Database;

  const open = (dryRun = { waitMs: 500, holdMs: 2000 }): Promise<SharedDatabase> =>
    openSharedDatabase(
      { path: file, autoMigrate: true, busyDeadlineMs: 5000, dryRun },
      { log: silentLog, monotonic: () => performance.now(), jitter: Math.random },
    );
  const reopen = async (dryRun: { waitMs: number; holdMs: number }): Promise<void> => {
    database.close();
    database = await open(dryRun);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-dry-run-'));
    file = join(folder, 'database.db');
    database = await open();
    db = new Database(file);
    db.pragma('foreign_keys = OFF');
  });
  afterEach(async () => {
    db.close();
    database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('tells an insert, sees its own writes, and keeps nothing', async () => {
    const before = traceDatabase(file);
    const run = database.dryRuns.begin();
    await run.write(({ users }) => users.insert(user('Ann'), 5));
    assert.equal(await run.read(({ users }) => users.findIdByName('ann')), 1);
    assert.equal(await database.unitOfWork.read(({ users }) => users.findIdByName('ann')), undefined);
    const { rows, unseen } = run.end() as DryRunChanges;
    assert.deepEqual(unseen, []);
    assert.deepEqual(rows, [
      {
        table: 'users',
        rowId: 1,
        change: 'insert',
        before: undefined,
        after: {
          ...{ id: 1, username: 'Ann', display_name: 'Ann', password_sha512: 'x', role: 'User' },
          ...{ last_login: null, created_at: 5, updated_at: 5, mfa_enabled: 0, mfa_secret: null },
        },
      },
    ]);
    assert.deepEqual(traceDatabase(file), before);
  });

  it('tells the net change of a row over several writes', async () => {
    db.exec(
      "INSERT INTO users (id, username, password_sha512, role) VALUES (7, 'Bob', 'x', 'User'), (8, 'Eve', 'x', 'User')",
    );
    const run = database.dryRuns.begin();
    await run.write(({ users }) => users.setRole(7, 'Other', 1));
    await run.write(({ users }) => users.setRole(7, 'Admin', 2));
    await run.write(({ users }) => users.setRole(8, 'Admin', 3));
    const { rows } = run.end() as DryRunChanges;
    assert.deepEqual(
      rows.map(({ rowId, change, before, after }) => [rowId, change, before?.role, after?.role, after?.updated_at]),
      [
        [7, 'update', 'User', 'Admin', 2],
        [8, 'update', 'User', 'Admin', 3],
      ],
    );
  });

  it('undoes a write that rejects, and it alone', async () => {
    const run = database.dryRuns.begin();
    await run.write(({ users }) => users.insert(user('Ann'), 5));
    await assert.rejects(
      run.write(async ({ users }) => {
        await users.insert(user('Bob'), 6);
        throw new Error('a change of mind');
      }),
      /a change of mind/,
    );
    await assert.rejects(
      run.write(({ users }) => users.insert(user('Ann'), 5)),
      /UNIQUE/,
    );
    await run.write(({ users }) => users.insert(user('Eve'), 7));
    const { rows } = run.end() as DryRunChanges;
    assert.deepEqual(
      rows.map(({ after }) => after?.username),
      ['Ann', 'Eve'],
    );
  });

  it('keeps values exact that JSON has no form for, and leaves out what only the engine has', async () => {
    db.prepare('INSERT INTO devices (guid, hostname, uptime, status, memory) VALUES (?, ?, ?, ?, ?)').run(
      ...['G', 'PC', 9007199254740993n, 'revoked', Buffer.from([0, 255])],
    );
    const run = database.dryRuns.begin();
    await run.write(async ({ devices }) => {
      await devices.noteCheckIn('G', { agentId: 'agent', fingerprint: 'f' }, { seconds: 5, iso: '' });
    });
    const { rows } = run.end() as DryRunChanges;
    assert.deepEqual(
      rows.map(({ table, before, after }) => [
        table,
        before?.uptime,
        before?.memory,
        after?.agent_id,
        after?.last_seen,
      ]),
      [['devices', { integer: '9007199254740993' }, { blob: 'AP8=' }, 'agent', 5]],
    );
  });

  it('records a table that the legacy adds, and a column, while the engine runs', async () => {
    const first = database.dryRuns.begin();
    await first.write(({ users }) => users.insert(user('Ann'), 5));
    first.end();
    db.exec("ALTER TABLE users ADD COLUMN shoe_size REAL DEFAULT 'x'");
    db.exec(
      'CREATE TABLE notes (a); CREATE TRIGGER note AFTER INSERT ON users BEGIN INSERT INTO notes VALUES (1.0); END',
    );
    const run = database.dryRuns.begin();
    await run.write(({ users }) => users.insert(user('Ann'), 5));
    const { rows } = run.end() as DryRunChanges;
    assert.deepEqual(
      rows.map(({ table, after }) => [table, after?.shoe_size, after?.a]),
      [
        ['notes', undefined, { real: '1.0' }],
        ['users', 'x', undefined],
      ],
    );
  });

  it('names tables whose rows it cannot tell', async () => {
    db.exec('CREATE TABLE odd (a TEXT PRIMARY KEY) WITHOUT ROWID');
    const run = database.dryRuns.begin();
    await run.write(({ users }) => users.insert(user('Ann'), 5));
    assert.deepEqual((run.end() as DryRunChanges).unseen, ['odd']);
  });

  it('is rolled back after the longest time, and what its handler still writes is refused', async () => {
    await reopen({ waitMs: 500, holdMs: 30 });
    const before = traceDatabase(file);
    const run = database.dryRuns.begin();
    let goOn = (): void => undefined;
    const writing = run.write(async ({ users }) => {
      await users.insert(user('Ann'), 5);
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      await users.insert(user('Bob'), 6);
    });
    assert.equal(await run.givenUp, 'lock_timeout');
    await database.unitOfWork.write(async () => undefined);
    goOn();
    await assert.rejects(writing, { code: 'database_busy' });
    await assert.rejects(
      run.write(({ users }) => users.insert(user('Eve'), 7)),
      { code: 'database_busy' },
    );
    await assert.rejects(
      run.read(({ users }) => users.findIdByName('ann')),
      { code: 'database_busy' },
    );
    assert.equal(run.end(), 'lock_timeout');
    assert.ok(run.lockMs >= 25, String(run.lockMs));
    assert.deepEqual(traceDatabase(file).rows, before.rows);
    assert.deepEqual(traceDatabase(file).wal, before.wal);
  });

  it('gives up soon while another process holds the lock, and then works again', async () => {
    await reopen({ waitMs: 40, holdMs: 100 });
    db.exec('BEGIN IMMEDIATE');
    const run = database.dryRuns.begin();
    const began = performance.now();
    await assert.rejects(
      run.write(({ users }) => users.insert(user('Ann'), 5)),
      { code: 'database_busy' },
    );
    assert.ok(performance.now() - began < 400);
    assert.equal(run.end(), 'database_busy');
    assert.equal(await run.givenUp, 'database_busy');
    db.exec('COMMIT');
    const next = database.dryRuns.begin();
    await next.write(({ users }) => users.insert(user('Ann'), 5));
    assert.equal((next.end() as DryRunChanges).rows.length, 1);
  });

  it('waits for the live writes that stand before it, and lets later ones go first', async () => {
    const order: string[] = [];
    let goOn = (): void => undefined;
    let first: Promise<unknown> = Promise.resolve();
    await new Promise<void>((begun) => {
      first = database.unitOfWork.write(async () => {
        begun();
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        order.push('live 1');
      });
    });
    const run = database.dryRuns.begin();
    const dry = run.write(async () => void order.push('dry'));
    await Promise.resolve();
    const second = database.unitOfWork.write(async () => void order.push('live 2'));
    goOn();
    await Promise.all([first, second, dry]);
    assert.deepEqual(order, ['live 1', 'live 2', 'dry']);
    run.end();
  });

  it('lets go at once when it is abandoned, whatever still runs', async () => {
    const run = database.dryRuns.begin();
    const writing = run.write(async ({ users }) => {
      await users.insert(user('Ann'), 5);
      run.abandon();
      await users.insert(user('Bob'), 5);
    });
    await assert.rejects(writing, { code: 'database_busy' });
    await database.unitOfWork.write(({ users }) => users.insert(user('Ann'), 5));
    run.abandon();
  });

  it('tells nothing of more rows than it may', async () => {
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001)
      INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) SELECT i, 'G', i, '', '' FROM n`);
    const run = database.dryRuns.begin();
    await run.write(({ refreshTokens }) => refreshTokens.revokeAll('G', 'now'));
    assert.equal(run.end(), 'effects_too_large');
    assert.equal(db.prepare('SELECT count(*) FROM refresh_tokens WHERE revoked_at IS NOT NULL').pluck().get(), 0);
  });

  it('never writes more to the WAL than pages fit in its cache', async () => {
    const text = 'x'.repeat(4_000_000);
    const before = traceDatabase(file);
    const run = database.dryRuns.begin();
    await run.write(({ users }) => users.insert({ ...user('Ann'), displayName: text }, 5));
    await run.write(({ users }) => users.insert({ ...user('Bob'), displayName: text }, 5));
    assert.equal((run.end() as DryRunChanges).rows.length, 2);
    assert.deepEqual(traceDatabase(file), before);
  });
});
