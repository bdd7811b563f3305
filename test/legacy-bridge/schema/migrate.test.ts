/** Schema: what the legacy has, on an empty file, on an older one, repeated, and against the legacy's own start. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { migrate } from '../../../src/legacy-bridge/schema/migrate.js';
import type { MigrationConnection } from '../../../src/legacy-bridge/schema/rebuild-devices.js';
import { SchemaError } from '../../../src/legacy-bridge/schema/schema-error.js';
import { projectRoot } from '../../kit/python.js';

const contract = () => readFile(`${projectRoot}test/parity/contract/schema.sql`, 'utf8');

function connect(db: Database.Database): MigrationConnection {
  return {
    exec: (sql) => void db.exec(sql),
    all: <Row>(sql: string, ...values: (string | number | null)[]) => db.prepare(sql).all(...values) as Row[],
    run: (sql, ...values) => db.prepare(sql).run(...values).changes,
  };
}

/** Columns, keys, defaults and indexes of every table, whatever the white space of their SQL. */
function shape(db: Database.Database): unknown {
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  return tables.map((table) => ({
    table,
    columns: db.pragma(`table_info(${table})`),
    foreignKeys: db.pragma(`foreign_key_list(${table})`),
    indexes: (db.pragma(`index_list(${table})`) as { name: string }[])
      .map((index) => ({ ...index, seq: 0, columns: db.pragma(`index_info(${index.name})`) }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  }));
}

const guids = () => {
  let n = 0;
  return () => `guid-${++n}`;
};

describe('schema migrations', () => {
  it('create exactly the tables and indexes of the contract on an empty file', async () => {
    const ours = new Database(':memory:');
    const theirs = new Database(':memory:');
    theirs.exec(await contract());
    const report = migrate(connect(ours), guids());
    assert.deepEqual(shape(ours), shape(theirs));
    assert.deepEqual(report.skipped, []);
  });

  it('change nothing on the legacy file, nor the second time', async () => {
    const db = new Database(':memory:');
    db.exec(await contract());
    assert.deepEqual(migrate(connect(db), guids()), { changes: [], skipped: [] });
  });

  it('add missing columns and indexes, and keep rows and what they do not know', async () => {
    const db = new Database(':memory:');
    db.exec(
      'CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE NOT NULL, password_sha512 TEXT NOT NULL, extra TEXT)',
    );
    db.exec("INSERT INTO users (username, password_sha512, extra) VALUES ('zoe', 'x', 'kept')");
    db.exec('CREATE TABLE plugin (a)');
    const { changes } = migrate(connect(db), guids());
    assert.ok(changes.includes('column users.mfa_enabled') && changes.includes('table devices'));
    assert.deepEqual(db.prepare('SELECT username, extra, role, mfa_enabled FROM users').all(), [
      { username: 'zoe', extra: 'kept', role: 'Admin', mfa_enabled: 0 },
    ]);
    assert.deepEqual(migrate(connect(db), guids()).changes, []);
  });

  it('leave out a unique index that rows contradict', async () => {
    const db = new Database(':memory:');
    db.exec(await contract());
    db.exec('DROP INDEX uq_devices_hostname');
    db.exec("INSERT INTO devices (guid, hostname) VALUES ('a', 'PC'), ('b', 'PC'), ('c', NULL), ('d', NULL)");
    assert.deepEqual(migrate(connect(db), guids()), { changes: [], skipped: ['index uq_devices_hostname'] });
  });

  it('rebuild devices of before GUIDs, row by row', () => {
    const db = new Database(':memory:');
    db.exec('CREATE TABLE devices (hostname TEXT PRIMARY KEY, guid TEXT, created_at INTEGER, last_user TEXT)');
    db.exec('CREATE INDEX idx_devices_status ON devices(guid)');
    db.exec(
      "INSERT INTO devices VALUES ('A', ' G-1 ', 1700000000, 'ann'), ('B', '', 1700000001, 'bob'), ('C', NULL, NULL, NULL)",
    );
    migrate(connect(db), guids());
    const rows = db
      .prepare('SELECT guid, hostname, last_user, token_version, status, key_added_at FROM devices ORDER BY hostname')
      .all();
    assert.deepEqual(rows.slice(0, 2), [
      {
        guid: 'G-1',
        hostname: 'A',
        last_user: 'ann',
        token_version: 1,
        status: 'active',
        key_added_at: '2023-11-14T22:13:20+00:00',
      },
      {
        guid: 'guid-1',
        hostname: 'B',
        last_user: 'bob',
        token_version: 1,
        status: 'active',
        key_added_at: '2023-11-14T22:13:21+00:00',
      },
    ]);
    assert.match(String((rows[2] as { key_added_at: unknown }).key_added_at), /^20\d\d-/);
    assert.deepEqual(db.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'devices_%'").all(), []);
    assert.deepEqual(migrate(connect(db), guids()).changes, []);
  });

  it('refuse a rebuild that would lose a column or a row', () => {
    const column = new Database(':memory:');
    column.exec('CREATE TABLE devices (hostname TEXT PRIMARY KEY, guid TEXT, warranty TEXT)');
    assert.throws(
      () => migrate(connect(column), guids()),
      (error) => error instanceof SchemaError && /warranty/.test(error.message),
    );
    const row = new Database(':memory:');
    row.exec(
      "CREATE TABLE devices (id INTEGER PRIMARY KEY, hostname TEXT, guid TEXT); INSERT INTO devices VALUES (1,'A','G'),(2,'B','G ')",
    );
    assert.throws(
      () => migrate(connect(row), guids()),
      (error) => error instanceof SchemaError && /guid/.test(error.message),
    );
  });
});
