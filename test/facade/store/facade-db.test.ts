import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openFacadeDb } from '../../../src/facade/store/facade-db.js';
import { StoreError } from '../../../src/facade/store/store-error.js';
import type { NewTableVersion } from '../../../src/facade/table/table-history.js';

function version(number: number, at = `2025-11-25T00:00:0${number}.000Z`): NewTableVersion {
  return {
    version: number,
    at,
    who: 'ann',
    why: `why ${number}`,
    cause: 'flip',
    diff: '+x',
    digest: `d${number}`,
    text: `text ${number}`,
    changes: [{ id: 'health', from: 'legacy', to: 'engine' }],
  }; // prettier-ignore
}

describe('facade.db', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'facade-db-'));
    path = join(directory, 'state', 'facade.db');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is made with its directory, and only its owner can read it', () => {
    const db = openFacadeDb(path);
    db.history.append(version(1));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
    db.close();
  });

  it('takes back rights that the file should not have', () => {
    openFacadeDb(path).close();
    writeFileSync(path, Buffer.alloc(0), { mode: 0o644 });
    openFacadeDb(path).close();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('keeps what it had when it is opened again', () => {
    const first = openFacadeDb(path);
    first.history.append(version(1));
    first.close();
    const second = openFacadeDb(path);
    const { text, ...kept } = version(1);
    assert.deepEqual(second.history.newest(), kept);
    assert.equal(second.history.textOf(1), text);
    assert.equal(second.history.textOf(2), undefined);
    second.close();
  });

  it('lists the newest versions first', () => {
    const db = openFacadeDb(':memory:');
    for (const number of [1, 2, 3]) db.history.append(version(number));
    assert.deepEqual(
      db.history.list(2).map((entry) => entry.version),
      [3, 2],
    );
    db.close();
  });

  it('keeps no version whose publication fails', () => {
    const db = openFacadeDb(':memory:');
    assert.throws(
      () =>
        db.history.append(version(1), () => {
          throw new Error('not published');
        }),
      /not published/,
    );
    assert.equal(db.history.newest(), undefined);
    db.close();
  });

  it('never changes or forgets what it keeps', () => {
    const db = openFacadeDb(path);
    db.history.append(version(1));
    db.audit.recordAudit({ at: 'x', who: 'ann', action: 'sockets-drain', detail: '', why: '' });
    assert.throws(() => db.history.append(version(1)), /UNIQUE/);
    const other = new Database(path);
    for (const sql of [
      'DELETE FROM table_versions',
      "UPDATE table_versions SET who = 'x'",
      'DELETE FROM audit',
      "UPDATE audit SET who = 'x'",
    ])
      assert.throws(() => other.exec(sql), /append-only/);
    other.close();
    db.close();
  });

  it('says at once when another process holds it', () => {
    const db = openFacadeDb(path);
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const started = performance.now();
    assert.throws(() => db.history.append(version(1)), /locked/);
    assert.ok(performance.now() - started < 1_000, 'the event loop stood still');
    other.exec('ROLLBACK');
    other.close();
    db.close();
  });

  const unusable: [string, () => void, string][] = [
    ['a file that is no database', () => writeFileSync(path, 'x'.repeat(8192)), 'store_unusable'],
    [
      'a file of a newer release',
      () => {
        const newer = new Database(path);
        newer.pragma('user_version = 99');
        newer.close();
      },
      'store_too_new',
    ],
  ]; // prettier-ignore
  for (const [name, make, expected] of unusable) {
    it(`refuses ${name}`, () => {
      openFacadeDb(path).close();
      make();
      assert.throws(
        () => openFacadeDb(path),
        (error) => error instanceof StoreError && error.code === expected && error.message.includes(path),
      );
    });
  }

  it('refuses a place where no file can be', () => {
    writeFileSync(join(directory, 'state'), '');
    assert.throws(() => openFacadeDb(path), { code: 'store_unusable' });
  });
});

describe('the audit', () => {
  it('lists versions of the table and other acts together, newest first', () => {
    const db = openFacadeDb(':memory:');
    db.history.append(version(1));
    db.history.append(version(3));
    db.audit.recordAudit({
      at: '2025-11-25T00:00:02.000Z',
      who: 'bob',
      action: 'sockets-drain',
      detail: '50 per second',
      why: 'restart',
    });
    assert.deepEqual(db.audit.listAudit(9), [
      {
        at: '2025-11-25T00:00:03.000Z',
        who: 'ann',
        action: 'flip',
        detail: 'health: legacy -> engine',
        why: 'why 3',
        version: 3,
      },
      {
        at: '2025-11-25T00:00:02.000Z',
        who: 'bob',
        action: 'sockets-drain',
        detail: '50 per second',
        why: 'restart',
        version: undefined,
      },
      {
        at: '2025-11-25T00:00:01.000Z',
        who: 'ann',
        action: 'flip',
        detail: 'health: legacy -> engine',
        why: 'why 1',
        version: 1,
      },
    ]); // prettier-ignore
    assert.equal(db.audit.listAudit(1).length, 1);
    db.close();
  });

  it('keeps the order of what happened in one moment', () => {
    const db = openFacadeDb(':memory:');
    for (const number of [1, 2]) db.history.append(version(number, 'same'));
    assert.deepEqual(
      db.audit.listAudit(9).map((entry) => entry.version),
      [2, 1],
    );
    db.close();
  });

  it('shortens versions that moved many rows', () => {
    const db = openFacadeDb(':memory:');
    const changes = Array.from({ length: 12 }, (_unused, index) => ({ id: `r${index}`, from: 'legacy', to: 'engine' }));
    db.history.append({ ...version(1), changes });
    assert.match(db.audit.listAudit(1)[0]?.detail ?? '', /r9: legacy -> engine and 2 more$/);
    db.close();
  });
});
