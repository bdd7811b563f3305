/** Another file in the database's place: the engine serves nothing from the old one to the new one's jobs, and ends to be started anew. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { startEngineProcess } from '../kit/engine-process.js';
import { startSchedulerWorld } from '../kit/scheduler-world.js';

/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;
const WAL_FILES = ['', '-wal', '-shm'];

describe('a database that is replaced while the engine has it open', function () {
  this.timeout(60_000);

  it('is no longer scheduled from, nor while it is missing', async () => {
    const world = await startSchedulerWorld({ now: T, wish: null });
    try {
      const path = world.db.name;
      world.addJob({ type: 'every_hour', start: T, targets: ['A'] });
      await world.db.backup(`${path}.backup`);
      await world.wish({ owner: 'engine', jobs: {} });
      world.report('A');
      for (const suffix of WAL_FILES) renameSync(`${path}${suffix}`, `${path}.old${suffix}`);
      await assert.rejects(world.tick(), { code: 'database_unavailable' });
      renameSync(`${path}.backup`, path);
      await assert.rejects(world.tick(), { code: 'database_unavailable' });
      await assert.rejects(world.wish({ owner: 'engine', jobs: {} }), { code: 'database_unavailable' });
      assert.deepEqual(world.emitted(), []);
    } finally {
      await world.stop();
    }
  });

  it('ends the engine, which leaves the new one and its log of changes alone', async () => {
    const engine = await startEngineProcess();
    try {
      const path = engine.databaseFile;
      const old = new Database(path, { timeout: 5000 });
      await old.backup(`${path}.backup`);
      old.close();
      for (const suffix of WAL_FILES) await rename(`${path}${suffix}`, `${path}.old${suffix}`);
      await rename(`${path}.backup`, path);
      const restored = new Database(path, { timeout: 5000 });
      restored.pragma('journal_mode = WAL');
      restored.exec("INSERT INTO sites (name) VALUES ('kept')");
      if (engine.child.exitCode === null) await once(engine.child, 'exit');
      assert.equal(engine.child.exitCode, 1);
      assert.match(await engine.logText(), /database-replaced Error: another file took the place/);
      const other = new Database(path, { readonly: true });
      assert.equal(other.prepare("SELECT COUNT(*) FROM sites WHERE name = 'kept'").pluck().get(), 1);
      other.close();
      restored.close();
    } finally {
      await engine.stop();
    }
  });
});
