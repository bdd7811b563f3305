/**
 * What this process reads of the shared database stays true while the engine is killed and a legacy opens and closes the file for
 * each request: SQLite's locks, which keep -wal and -shm in their place, must outlive whatever else is done with the file.
 */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { SharedAccounts } from '../../src/facade/access/shared-accounts.js';
import type { EffectsObserver } from '../../src/legacy-bridge/effects/effects-observer.js';
import { startEffectsObserver } from '../../src/legacy-bridge/effects/start-effects-observer.js';
import { projectRoot } from '../kit/python.js';

const NOTHING = { rows: [], events: [], calls: [] };
const PYTHON = join(projectRoot, 'scripts', 'python');
const HOLD = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA journal_mode = WAL")
c.executescript("""CREATE TABLE IF NOT EXISTS users (username TEXT, role TEXT);
  CREATE TABLE IF NOT EXISTS devices (guid TEXT, ssl_key_fingerprint TEXT, token_version INTEGER, status TEXT);
  INSERT INTO users VALUES ('admin', 'Admin'), ('olga', 'Admin');""")
print("up", flush=True)
sys.stdin.read()`;
/** Opens and closes the file for each statement. */
const PER_REQUEST = `
import sqlite3, sys
for line in sys.stdin:
    c = sqlite3.connect(sys.argv[1])
    c.execute(line)
    c.commit()
    c.close()
    print("done", flush=True)`;

/** What a restore in place leaves: the same database file, another one beside it. */
const REPLACE = `
import os, shutil, sys
shutil.copyfile(sys.argv[1], sys.argv[1] + ".new")
os.replace(sys.argv[1] + ".new", sys.argv[1])`;

interface Python {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** Whole lines: Python may write a line in several pieces. */
  readonly line: () => Promise<string>;
}

describe('locks on the shared database', function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;
  let engine: Python;
  let legacy: Python;
  let observer: EffectsObserver;
  let accounts: SharedAccounts;
  let now = 0;

  const start = (script: string): Python => {
    const child = spawn(PYTHON, ['-c', script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async (): Promise<string> => String((await lines.next()).value);
    return { process: child, line };
  };
  const kill = async ({ process: child }: Python): Promise<void> => {
    if (child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const legacyRuns = async (sql: string): Promise<void> => {
    legacy.process.stdin.write(`${sql}\n`);
    assert.equal(await legacy.line(), 'done');
  };
  const observe = async (sql: string) => {
    const observation = await observer.open();
    await legacyRuns(sql);
    const { effects } = await observation.finish(NOTHING);
    return effects.rows.map(({ change, before, after }) => [change, (after ?? before)?.username, after?.role]);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locks-'));
    file = join(folder, 'database.db');
    engine = start(HOLD);
    legacy = start(PER_REQUEST);
    assert.equal(await engine.line(), 'up');
    observer = startEffectsObserver({ file, answerMs: 10_000 });
    accounts = new SharedAccounts(file, () => now);
  });
  afterEach(async () => {
    accounts.close();
    await observer.close();
    await Promise.all([kill(engine), kill(legacy)]);
    await rm(folder, { recursive: true, force: true });
  });

  it('outlive observations: a demoted and a deleted operator are seen with the engine gone', async () => {
    assert.equal((await accounts.findAccount('olga'))?.role, 'Admin');
    assert.deepEqual(await observe("UPDATE users SET role = 'Admin' WHERE username = 'nobody'"), []);
    await kill(engine);
    // The legacy is the last to close, as far as other processes' locks tell it.
    assert.deepEqual(await observe("UPDATE users SET role = 'User' WHERE username = 'olga'"), [
      ['update', 'olga', 'User'],
    ]);
    assert.ok(existsSync(`${file}-wal`), 'the legacy took the log away under its readers');
    assert.equal((await accounts.findAccount('olga'))?.role, 'User');
    assert.deepEqual(await observe("DELETE FROM users WHERE username = 'olga'"), [['delete', 'olga', undefined]]);
    assert.equal(await accounts.findAccount('olga'), undefined);
  });

  it('outlive the thread of the observer', async () => {
    assert.equal((await accounts.findAccount('olga'))?.role, 'Admin');
    await observe("UPDATE users SET role = 'Admin' WHERE username = 'nobody'");
    await observer.close();
    await kill(engine);
    for (const role of ['User', 'Viewer']) {
      await legacyRuns(`UPDATE users SET role = '${role}' WHERE username = 'olga'`);
      assert.equal((await accounts.findAccount('olga'))?.role, role);
    }
  });

  // Not by this process: whoever closes a file gives up the locks that it holds on it.
  const replace = async (ending: string): Promise<void> => {
    await kill(engine);
    const [code] = await once(spawn(PYTHON, ['-c', REPLACE, `${file}${ending}`], { stdio: 'inherit' }), 'exit');
    assert.equal(code, 0);
  };

  for (const ending of ['-wal', '-shm']) {
    it(`are taken anew by the observer when another ${ending} stands beside the file`, async () => {
      await observe("UPDATE users SET role = 'Admin' WHERE username = 'nobody'");
      await replace(ending);
      assert.deepEqual(await observe("UPDATE users SET role = 'User' WHERE username = 'olga'"), [
        ['update', 'olga', 'User'],
      ]);
    });

    it(`are taken anew by whoever looks at accounts when another ${ending} stands beside the file`, async () => {
      assert.equal((await accounts.findAccount('olga'))?.role, 'Admin');
      await replace(ending);
      now += 1000;
      for (const role of ['User', 'Viewer']) {
        await legacyRuns(`UPDATE users SET role = '${role}' WHERE username = 'olga'`);
        assert.equal((await accounts.findAccount('olga'))?.role, role);
        now += 1000;
      }
    });
  }
});
