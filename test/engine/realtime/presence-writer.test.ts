/** Presence written behind: coalesced, within its delay, kept through a locked database, one broken row harming itself alone. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSharedDatabase, type SharedDatabase } from '../../../src/engine/open-shared-database.js';
import type { UnitOfWork } from '../../../src/engine/repositories/unit-of-work.js';
import { PresenceWriter } from '../../../src/engine/services/presence-writer.js';
import { silentLog } from '../../kit/silent-engine-log.js';

const monotonic = () => performance.now();

describe('presence writer', () => {
  let folder: string;
  let shared: SharedDatabase;
  let db: Database.Database;
  let writes: number;
  const logged: string[] = [];
  const log = {
    ...silentLog,
    warn: (text: string) => void logged.push(text),
    error: (text: string) => void logged.push(text),
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'presence-'));
    const path = join(folder, 'database.db');
    const database = { path, autoMigrate: true, busyDeadlineMs: 50, dryRun: { waitMs: 50, holdMs: 100 } };
    shared = await openSharedDatabase(database, { log: silentLog, monotonic, jitter: () => 0.5 });
    db = new Database(path);
    writes = 0;
    logged.splice(0);
  });
  afterEach(async () => {
    db.close();
    shared.close();
    await rm(folder, { recursive: true, force: true });
  });

  const unitOfWork: UnitOfWork = {
    read: (work) => shared.unitOfWork.read(work),
    write: (work) => {
      writes += 1;
      return shared.unitOfWork.write(work);
    },
  };
  const writer = (delayMs = 20, retryMs = 20) =>
    new PresenceWriter({ delayMs, retryMs, unitOfWork, clock: { now: () => 1_700_000_000_000 }, log });
  const rows = () =>
    db.prepare('SELECT hostname, agent_id AS id, last_seen AS seen, last_user AS user FROM devices').all();

  it('makes one transaction of many, with the newest of each hostname', async () => {
    const presence = writer();
    for (let beat = 1n; beat <= 50n; beat += 1n)
      for (const hostname of ['A', 'B']) await presence.note({ hostname, agentId: `${hostname}-1`, lastSeen: beat });
    await presence.note({ hostname: 'A', lastUser: 'CORP\\amy' });
    await presence.flush();
    assert.equal(writes, 1);
    assert.deepEqual(rows(), [
      { hostname: 'A', id: 'A-1', seen: 50, user: 'CORP\\amy' },
      { hostname: 'B', id: 'B-1', seen: 50, user: null },
    ]);
  });

  it('writes within its delay, also when news never cease', async () => {
    const presence = writer(20);
    const startedAt = performance.now();
    let beat = 0n;
    while (writes === 0 && performance.now() - startedAt < 2000) {
      beat += 1n;
      await presence.note({ hostname: 'A', lastSeen: beat });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.equal(writes, 1);
    await presence.close();
    assert.deepEqual(rows(), [{ hostname: 'A', id: null, seen: Number(beat), user: null }]);
  });

  it('keeps what a locked database does not take, and lets newer news win', async () => {
    const presence = writer(0, 10);
    db.exec('BEGIN IMMEDIATE');
    await presence.note({ hostname: 'A', agentId: 'A-1', lastSeen: 1n });
    await presence.flush();
    assert.match(logged[0] ?? '', /^presence-delayed hostnames=1 code=database_busy/);
    await presence.note({ hostname: 'A', lastSeen: 2n });
    db.exec('COMMIT');
    await presence.close();
    assert.deepEqual(rows(), [{ hostname: 'A', id: 'A-1', seen: 2, user: null }]);
    assert.equal(presence.pending, 0);
  });

  it('says what it could not write before the end', async () => {
    const presence = writer(0);
    db.exec('BEGIN IMMEDIATE');
    await presence.note({ hostname: 'A', lastSeen: 1n });
    await presence.close();
    db.exec('ROLLBACK');
    assert.match(logged.at(-1) ?? '', /^presence-lost hostnames=1/);
  });

  it('lets a row that can not be written harm itself alone', async () => {
    db.exec(
      `CREATE TRIGGER broken BEFORE UPDATE ON devices WHEN NEW.hostname = 'B' BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    const presence = writer();
    for (const hostname of ['A', 'B', 'C']) await presence.note({ hostname, lastSeen: 5n });
    await presence.flush();
    assert.deepEqual(
      rows().map((row) => (row as { hostname: string }).hostname),
      ['A', 'C'],
    );
    assert.match(logged.join('\n'), /presence-unwritable hostname="B"/);
  });

  it('straightens a row once, and from then on leaves its lists alone until they change', async () => {
    db.exec(`INSERT INTO devices (guid, hostname, memory, created_at) VALUES ('G', 'A', '[{"slot":"x"}]', 5)`);
    const presence = writer();
    const beat = async (lastSeen: bigint) => {
      await presence.note({ hostname: 'A', agentId: 'A-1', lastSeen });
      await presence.flush();
    };
    await beat(1n);
    assert.deepEqual(db.prepare('SELECT memory, network, cpu FROM devices').get(), {
      memory: '[{"slot": "x"}]',
      network: '[]',
      cpu: '{}',
    });
    db.exec(
      `CREATE TABLE touched (n); CREATE TRIGGER watched AFTER UPDATE OF memory ON devices BEGIN INSERT INTO touched VALUES (1); END`,
    );
    await beat(2n);
    assert.deepEqual(db.prepare('SELECT count(*) AS n FROM touched').get(), { n: 0 });
    db.exec(`UPDATE devices SET memory = '[1,2]'; DELETE FROM touched`);
    await beat(3n);
    assert.deepEqual(db.prepare('SELECT memory, last_seen AS seen, agent_id AS id FROM devices').get(), {
      memory: '[1, 2]',
      seen: 3,
      id: 'A-1',
    });
  });

  it('makes a row anew that was deleted meanwhile', async () => {
    const presence = writer();
    for (const lastSeen of [1n, 2n]) {
      await presence.note({ hostname: 'A', agentId: 'A-1', lastSeen });
      await presence.flush();
      assert.deepEqual(rows(), [{ hostname: 'A', id: 'A-1', seen: Number(lastSeen), user: null }]);
      db.exec('DELETE FROM devices');
    }
  });
});
