/** A facade that runs as another user than the legacy hears what it lacks, and changes no file on the way. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { projectRoot } from '../../kit/python.js';

const run = promisify(execFile);
const NOBODY = 65_534;

describe('the observer of effects as another user', function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;
  let db: Database.Database;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'observer-user-'));
    file = join(folder, 'database.db');
    db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE devices (guid TEXT PRIMARY KEY)');
    await chmod(folder, 0o755);
  });
  after(async () => {
    db.close();
    await rm(folder, { recursive: true, force: true });
  });

  const observe = async (modes: { readonly file: number; readonly index: number }): Promise<string> => {
    await chmod(file, modes.file);
    await chmod(`${file}-wal`, modes.file);
    await chmod(`${file}-shm`, modes.index);
    const script = join(projectRoot, 'test', 'kit', 'observe-as-other-user.ts');
    const other = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const { stdout } = await run(process.execPath, ['--import', 'tsx', script, file], { cwd: projectRoot, ...other });
    return stdout.trim();
  };

  it('is told which file it may not read or write; with the index writable it works', async () => {
    const owners = async () =>
      Promise.all((await readdir(folder)).map(async (name) => [name, (await stat(join(folder, name))).uid]));
    const before = await owners();
    assert.match(
      await observe({ file: 0o000, index: 0o000 }),
      /^database_unreadable: .*database\.db can't be read: EACCES/,
    );
    assert.match(
      await observe({ file: 0o644, index: 0o444 }),
      /^database_unreadable: user \d+ may not .*database\.db-shm/,
    );
    assert.equal(await observe({ file: 0o644, index: 0o666 }), 'opened');
    assert.deepEqual(await owners(), before);
  });
});
