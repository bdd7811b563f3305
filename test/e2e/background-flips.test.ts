/** The prune job through a real facade and engine: it runs at the side that the table names, also after the engine was killed. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const PRUNE = 'background:approvals-prune';

describe('background tasks behind the facade', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let db: Database.Database;

  before(async () => {
    legacy = await startSampleLegacy();
    db = new Database(legacy.databaseFile);
    facade = await startFacadeProcess({ legacy });
    await facade.engineReady();
  });
  after(async () => {
    db?.close();
    await facade?.stop();
    await legacy?.stop();
  });

  /** An unused code that has expired: whoever prunes deletes it. */
  const litter = (id: string) =>
    db
      .prepare("INSERT INTO enrollment_install_codes (id, code, expires_at) VALUES (?, ?, '2020-01-01T00:00:00+00:00')")
      .run(id, id);
  const isThere = (id: string) =>
    db.prepare('SELECT 1 FROM enrollment_install_codes WHERE id = ?').get(id) !== undefined;
  const engineLog = () => readFile(join(legacy.root, 'Logs', 'Server', 'engine.log'), 'utf8');
  const logged = async (pattern: RegExp, times: number) => {
    while (((await engineLog()).match(pattern) ?? []).length < times)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const handedOver = () => facade.log.filter(({ message }) => message === 'background-handed-over').length;
  const owner = async () => {
    const { background } = (await facade.admin('GET', '/routes')) as { background: { name: string; owner: string }[] };
    return background.find(({ name }) => name === 'approvals-prune')?.owner;
  };

  it('the engine prunes nothing while the task is the legacy’s', async () => {
    litter('before');
    while (handedOver() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await owner(), 'legacy');
    assert.doesNotMatch(await engineLog(), /background-owned/);
    assert.ok(isThere('before'));
  });

  it('a flip makes it the engine’s, at once', async () => {
    await facade.flip(PRUNE, 'engine');
    await logged(/background-done task=approvals-prune codes=1/g, 1);
    assert.ok(!isThere('before'));
    assert.equal(await owner(), 'engine');
    assert.match(await readFile(facade.tableFile, 'utf8'), /approvals-prune: \{ owner: engine \}/);
  });

  it('a new engine process is told anew', async () => {
    const pid = await facade.engineReady();
    litter('meanwhile');
    process.kill(pid, 'SIGKILL');
    await facade.engineReady(pid);
    await logged(/background-done task=approvals-prune/g, 2);
    assert.ok(!isThere('meanwhile'));
  });

  it('a rollback gives it back', async () => {
    await facade.admin('POST', '/rollback', { why: 'a test', who: 'test' });
    await logged(/background-left task=approvals-prune/g, 1);
    assert.equal(await owner(), 'legacy');
    litter('after');
    assert.ok(isThere('after'));
  });
});
