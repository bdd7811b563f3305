/** The shared file under real contention: another process holds the lock, writes at once, or creates the schema at once. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { EngineError } from '../../src/engine/domain/engine-error.js';
import { openSharedDatabase, type SharedDatabase } from '../../src/engine/open-shared-database.js';
import { writesWalSafely } from '../../src/engine/repositories/sqlite/sqlite-connection.js';
import { projectRoot } from '../kit/python.js';

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Holds the write lock until its standard input closes. */
const HOLD = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
db.execute('BEGIN IMMEDIATE')
db.execute("INSERT INTO sites (name) VALUES ('left behind')")
print('held', flush=True)
sys.stdin.read()
`;

/** Writes 200 rows, each in a transaction of its own, as the legacy does. */
const WRITE = `
import sqlite3, sys
print('ready', flush=True)
for n in range(200):
    db = sqlite3.connect(sys.argv[1], timeout=15)
    db.execute('PRAGMA journal_mode=WAL'); db.execute('PRAGMA busy_timeout=5000')
    db.execute('INSERT INTO sites (name) VALUES (?)', (f'python {n}',))
    db.commit(); db.close()
print('done', flush=True)
`;

/** Creates the contract's schema statement by statement, as the legacy's start does. */
const CREATE = `
import re, sqlite3, sys, time
print('ready', flush=True)
db = sqlite3.connect(sys.argv[1], timeout=15)
db.execute('PRAGMA journal_mode=WAL'); db.execute('PRAGMA busy_timeout=5000')
for statement in open(sys.argv[2]).read().split(';'):
    statement = re.sub(r'^\\s*CREATE (TABLE|UNIQUE INDEX|INDEX) ', r'CREATE \\1 IF NOT EXISTS ', statement)
    if statement.strip(): db.execute(statement); db.commit(); time.sleep(0.005)
print('done', flush=True)
`;

interface Python {
  readonly child: ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string>;
}

function python(program: string, ...args: string[]): Python {
  const child = spawn(`${projectRoot}scripts/python`, ['-c', program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

describe('engine: the shared database', () => {
  let folder: string;
  let file: string;
  let database: SharedDatabase | undefined;
  let helper: ChildProcess | undefined;

  const open = async (busyDeadlineMs = 5000): Promise<SharedDatabase> => {
    database = await openSharedDatabase(
      { path: file, autoMigrate: true, busyDeadlineMs, dryRun: { waitMs: 50, holdMs: 100 } },
      { log, monotonic: () => performance.now(), jitter: Math.random },
    );
    return database;
  };
  const addUser = (username: string) =>
    database?.unitOfWork.write(({ users }) =>
      users.insert({ username, displayName: username, passwordSha512: 'x', role: 'User' }, 1),
    );
  const start = (program: string, ...args: string[]): Python => {
    const started = python(program, file, ...args);
    helper = started.child;
    return started;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-db-'));
    file = join(folder, 'database.db');
  });
  afterEach(async () => {
    database?.close();
    database = undefined;
    if (helper !== undefined && helper.exitCode === null && helper.signalCode === null) {
      const ended = once(helper, 'exit');
      helper.kill('SIGKILL');
      await ended;
    }
    helper = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  it('runs on an SQLite that may share a WAL file', async () => {
    const { sqliteVersion } = await open();
    assert.ok(writesWalSafely(sqliteVersion), sqliteVersion);
    assert.equal(writesWalSafely('3.51.2'), false);
    assert.equal(writesWalSafely('3.51.3'), true);
    assert.equal(writesWalSafely('4.0.0'), true);
  });

  it('has the pragmas of the legacy', async () => {
    const { unitOfWork } = await open();
    const other = new Database(file);
    assert.equal(other.pragma('journal_mode', { simple: true }), 'wal');
    other.exec("INSERT INTO sites (id, name) VALUES (1, 'HQ'); INSERT INTO device_sites VALUES ('pc', 1, 0)");
    other.close();
    // Foreign keys off: the legacy's rows may name sites that do not exist.
    await unitOfWork.write(async ({ users }) => users.setRole(1, 'User', 1));
    assert.deepEqual(await unitOfWork.read(({ sites }) => sites.listWithCounts()), [
      { id: 1, name: 'HQ', description: null, createdAt: null, deviceCount: 1 },
    ]);
  });

  it('waits for a lock of another process while the event loop turns, and reads go on', async () => {
    const { unitOfWork } = await open();
    const holder = start(HOLD);
    assert.equal(await holder.line(), 'held');
    let longestMs = 0;
    let last = performance.now();
    const ticks = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    const write = addUser('waiting');
    assert.equal(await unitOfWork.read(({ users }) => users.findIdByName('waiting')), undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    holder.child.stdin?.end();
    await write;
    clearInterval(ticks);
    assert.notEqual(await unitOfWork.read(({ users }) => users.findIdByName('waiting')), undefined);
    assert.ok(longestMs < 200, `the event loop stood still for ${longestMs} ms`);
  });

  it('opens a file that lacks nothing though another process holds the lock', async () => {
    await open();
    database?.close();
    const holder = start(HOLD);
    await holder.line();
    await open(150);
    assert.deepEqual(await database?.unitOfWork.read(({ sites }) => sites.listWithCounts()), []);
  });

  it('fails clearly after the deadline, and works again once the lock is gone', async () => {
    await open(150);
    const holder = start(HOLD);
    await holder.line();
    await assert.rejects(
      Promise.resolve(addUser('late')),
      (error) => error instanceof EngineError && error.code === 'database_busy',
    );
    const ended = once(holder.child, 'exit');
    holder.child.kill('SIGKILL');
    await ended;
    await addUser('later');
    const rows = await database?.unitOfWork.read(({ sites }) => sites.listWithCounts());
    assert.deepEqual(rows, [], 'the lock of a killed process leaves nothing');
  });

  it('loses no row when both processes write at once', async () => {
    await open();
    const writer = start(WRITE);
    await writer.line();
    for (let n = 0; n < 200; n += 1) await addUser(`node ${n}`);
    assert.equal(await writer.line(), 'done');
    const check = new Database(file, { readonly: true });
    assert.equal(check.prepare('SELECT COUNT(*) FROM sites').pluck().get(), 200);
    assert.equal(check.prepare('SELECT COUNT(*) FROM users').pluck().get(), 200);
    assert.equal(check.pragma('integrity_check', { simple: true }), 'ok');
    check.close();
  });

  it('migrates while the legacy creates the same schema', async () => {
    const creator = start(CREATE, join(projectRoot, 'test', 'parity', 'contract', 'schema.sql'));
    await creator.line();
    for (let n = 0; n < 5; n += 1) {
      (await open()).close();
      database = undefined;
    }
    assert.equal(await creator.line(), 'done');
    await open();
    await addUser('first');
  });

  it('keeps all of a failed write out', async () => {
    const { unitOfWork } = await open();
    await assert.rejects(
      unitOfWork.write(async ({ users }) => {
        await users.insert({ username: 'half', displayName: '', passwordSha512: 'x', role: 'User' }, 1);
        throw new Error('stop');
      }),
      /stop/,
    );
    assert.equal(await unitOfWork.read(({ users }) => users.findIdByName('half')), undefined);
    await addUser('whole');
    assert.notEqual(await unitOfWork.read(({ users }) => users.findIdByName('whole')), undefined);
  });

  it('tells a file that is no database as unavailable', async () => {
    await writeFile(file, 'this is no database, however long it may be. '.repeat(40));
    await assert.rejects(open(), (error) => error instanceof EngineError && error.code === 'database_unavailable');
  });
});
