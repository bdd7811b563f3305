import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { WrittenRuns } from '../../../src/legacy-bridge/scheduler/written-runs.js';
import { code } from '../../facade/table/open-table.js';

describe('runs as schedulers wrote them', () => {
  let directory: string;
  let file: string;
  let db: Database.Database;
  let runs: WrittenRuns;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'runs-'));
    file = join(directory, 'database.db');
    db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.exec(
      'CREATE TABLE scheduled_job_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER NOT NULL, scheduled_ts INTEGER, started_ts INTEGER, finished_ts INTEGER, status TEXT, error TEXT, created_at INTEGER, updated_at INTEGER, target_hostname TEXT)',
    );
    runs = new WrittenRuns(file);
  });
  afterEach(() => {
    db.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const add = (host: unknown, scheduled: unknown = 60, started: unknown = 61, status: unknown = 'Running') =>
    Number(
      db
        .prepare(
          'INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, started_ts, status, created_at) VALUES (7, ?, ?, ?, ?, 61)',
        )
        .run(host, scheduled, started, status).lastInsertRowid,
    );

  it('come by ascending id from a mark on, page by page, and not more than asked for', async () => {
    assert.equal(await runs.newest(), 0);
    for (let at = 0; at < 1203; at += 1) add(`HOST-${at}`);
    assert.equal(await runs.newest(), 1203);
    const all = await runs.since(0, 5000);
    assert.deepEqual([all.length, all[0]?.host, all.at(-1)?.id], [1203, 'HOST-0', 1203]);
    assert.deepEqual(
      (await runs.since(1200, 5000)).map(({ id }) => id),
      [1201, 1202, 1203],
    );
    assert.deepEqual((await runs.since(0, 700)).length, 700);
    assert.deepEqual(await runs.since(1203, 10), []);
  });

  it('are read whatever somebody has put there', async () => {
    add('A', 'sixty', null, null);
    add(Buffer.from('B'), 1.9);
    add(null);
    const [first, second, ...others] = await runs.since(0, 10);
    assert.deepEqual(
      [first?.scheduledAt, first?.startedAt, first?.status, first?.error, second?.host, second?.scheduledAt],
      [0, null, '', '', 'B', 1],
    );
    assert.deepEqual(others, []);
  });

  it('belong to jobs that the database says the owners of, whatever an engine of it has made there yet', async () => {
    db.exec('CREATE TABLE scheduled_jobs (id INTEGER PRIMARY KEY); INSERT INTO scheduled_jobs VALUES (1), (2), (3)');
    const none = { counts: { legacy: 3, engine: 0 }, owned: new Set(), lastMinute: null, ownedSince: null };
    assert.deepEqual(await runs.jobs(), none);
    db.exec(
      "CREATE TABLE engine_scheduler (id INTEGER PRIMARY KEY, owner TEXT, last_minute INTEGER); INSERT INTO engine_scheduler VALUES (1, 'legacy', NULL); CREATE TABLE engine_job_owners (job_id INTEGER PRIMARY KEY, owned_since INTEGER)",
    );
    assert.deepEqual(await runs.jobs(), none);
    // A row that a deleted job left is no job.
    db.exec('INSERT INTO engine_job_owners VALUES (1, 500), (2, NULL), (99, 10)');
    db.exec('UPDATE engine_scheduler SET last_minute = 660');
    assert.deepEqual(await runs.jobs(), {
      ...{ counts: { legacy: 1, engine: 2 }, owned: new Set([1, 2]) },
      ...{ lastMinute: 660, ownedSince: 500 },
    });
    assert.deepEqual(await runs.unknown(['3', '4', '900719925474099']), ['4', '900719925474099']);
  });

  it('are read while the legacy writes, and of a file that took the place of another', async () => {
    add('A');
    db.exec('BEGIN IMMEDIATE');
    add('B');
    assert.equal((await runs.since(0, 10)).length, 1);
    db.exec('COMMIT');
    assert.equal((await runs.since(0, 10)).length, 2);
    db.close();
    rmSync(file);
    await assert.rejects(runs.newest(), code('runs_unreadable'));
  });
});
