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

type Python = ChildProcessByStdio<Writable, Readable, null>;

describe('locks on the shared database', function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;
  let engine: Python;
  let legacy: Python;
  let observer: EffectsObserver;
  let accounts: SharedAccounts;
  const now = 0;

  const start = (script: string): Python => spawn(PYTHON, ['-c', script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const kill = async (child: Python): Promise<void> => {
    if (child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const legacyRuns = async (sql: string): Promise<void> => {
    const done = once(legacy.stdout, 'data');
    legacy.stdin.write(`${sql}\n`);
    await done;
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
    await once(engine.stdout, 'data');
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
});
