/** What an observation sees of the legacy's writes, and that it stands in nobody's way. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Effects, RowChange } from '../../../src/legacy-bridge/effects/effects.js';
import type { EffectsObserver, SeenEffects } from '../../../src/legacy-bridge/effects/effects-observer.js';
import {
  type EffectsObserverOptions,
  startEffectsObserver,
} from '../../../src/legacy-bridge/effects/start-effects-observer.js';

const NOTHING: Effects = { rows: [], events: [], calls: [] };
const SCHEMA = `
  CREATE TABLE devices (guid TEXT PRIMARY KEY, hostname TEXT, seen INTEGER, memory BLOB);
  CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE COLLATE NOCASE, at REAL);
  CREATE TABLE engine_own (a);
  INSERT INTO devices VALUES ('A', 'one', 1, x'00ff'), ('B', 'two', 2, NULL), ('C', 'three', 9007199254740993, NULL);
  INSERT INTO jobs (name) VALUES ('first'), ('second');`;

const row = (change: Partial<RowChange>): RowChange => ({
  table: 'devices',
  rowId: 1,
  change: 'update',
  before: undefined,
  after: undefined,
  ...change,
});
const brief = ({ table, rowId, change, before, after }: RowChange) => [table, rowId, change, before, after];

describe('the observer of effects', () => {
  let folder: string;
  let file: string;
  let db: Database.Database;
  let observer: EffectsObserver;

  const start = (options: Partial<EffectsObserverOptions> = {}): EffectsObserver => {
    observer = startEffectsObserver({ file, answerMs: 10_000, ...options });
    return observer;
  };
  const observe = async (write: () => void, engine: Partial<Effects> = {}) => {
    const observation = await observer.open();
    write();
    return await observation.finish({ ...NOTHING, ...engine });
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'observer-'));
    file = join(folder, 'database.db');
    db = new Database(file, { timeout: 0 });
    db.pragma('journal_mode = WAL');
    db.exec(SCHEMA);
    start();
  });
  afterEach(async () => {
    await observer.close();
    db.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('sees rows that were added, changed and deleted since the snapshot, and no others', async () => {
    const seen = await observe(() => {
      db.exec("INSERT INTO devices (guid, seen) VALUES ('D', 4)");
      db.exec("UPDATE devices SET seen = 3, memory = x'01' WHERE guid = 'A'");
      db.exec("DELETE FROM devices WHERE guid = 'C'; INSERT INTO engine_own VALUES (1)");
    });
    assert.deepEqual(seen.effects.rows.map(brief), [
      [
        ...['devices', 1, 'update'],
        { guid: 'A', hostname: 'one', seen: 1, memory: { blob: 'AP8=' } },
        { guid: 'A', hostname: 'one', seen: 3, memory: { blob: 'AQ==' } },
      ],
      [
        ...['devices', 3, 'delete'],
        { guid: 'C', hostname: 'three', seen: { integer: '9007199254740993' }, memory: null },
        undefined,
      ],
      ['devices', 4, 'insert', undefined, { guid: 'D', hostname: null, seen: 4, memory: null }],
    ]);
    assert.deepEqual([seen.disturbed, seen.notSearched, seen.eventsSeen], [false, [], false]);
  });

  it('does not see what was written before the snapshot or after the second look', async () => {
    db.exec("UPDATE devices SET seen = 50 WHERE guid = 'A'");
    const first = await observer.open();
    db.exec("UPDATE devices SET seen = 51 WHERE guid = 'B'");
    const second = await observer.open();
    const seen = await first.finish(NOTHING);
    db.exec("UPDATE devices SET seen = 52 WHERE guid = 'A'");
    assert.deepEqual(
      seen.effects.rows.map(({ rowId }) => rowId),
      [2],
    );
    assert.deepEqual(
      (await second.finish(NOTHING)).effects.rows.map(({ rowId }) => rowId),
      [1],
    );
  });

  it('tells when its second look is fixed, and sees nothing of what comes then', async () => {
    const observation = await observer.open();
    db.exec("UPDATE devices SET hostname = 'in time' WHERE guid = 'A'");
    let late = false;
    const seen = await observation.finish(NOTHING, () => {
      late = true;
      db.exec("UPDATE devices SET hostname = 'too late' WHERE guid = 'B'");
    });
    assert.ok(late);
    assert.deepEqual(
      seen.effects.rows.map(({ after }) => after?.hostname),
      ['in time'],
    );
  });

  it('takes a change of case, of type and of a NULL for changes', async () => {
    const seen = await observe(() => db.exec("UPDATE jobs SET name = 'FIRST', at = 0.0 WHERE id = 1"));
    assert.deepEqual(
      seen.effects.rows.map(({ after }) => after),
      [{ id: 1, name: 'FIRST', at: { real: '0.0' } }],
    );
  });

  it('tells a rowid that was used anew as one change, and a new autoincrement id as a new row', async () => {
    const seen = await observe(() => {
      db.exec("DELETE FROM devices WHERE guid = 'C'; INSERT INTO devices (guid) VALUES ('Z')");
      db.exec("DELETE FROM jobs WHERE id = 2; INSERT INTO jobs (name) VALUES ('third')");
    });
    assert.deepEqual(
      seen.effects.rows.map(({ table, rowId, change, before, after }) => [
        table,
        rowId,
        change,
        before?.guid,
        after?.guid,
      ]),
      [
        ['devices', 3, 'update', 'C', 'Z'],
        ['jobs', 2, 'delete', undefined, undefined],
        ['jobs', 3, 'insert', undefined, undefined],
      ],
    );
  });

  it('in a large table finds new and deleted rows and those that the engine names, and says that it did not search', async () => {
    await observer.close();
    start({ limits: { mostSearchedRows: 2 } });
    const before = { guid: 'A', hostname: 'one', seen: 1, memory: { blob: 'AP8=' } };
    const seen = await observe(
      () => {
        db.exec(
          "UPDATE devices SET seen = 7; INSERT INTO devices (guid) VALUES ('D'); DELETE FROM devices WHERE guid = 'C'",
        );
      },
      { rows: [row({ before, after: { ...before, seen: 8 } })] },
    );
    assert.deepEqual(
      seen.effects.rows.map(({ rowId, change }) => [rowId, change]),
      [
        [1, 'update'],
        [3, 'delete'],
        [4, 'insert'],
      ],
    );
    assert.deepEqual([seen.disturbed, seen.notSearched], [false, ['devices']]);
  });

  it('of 20,000 devices finds the one that the engine names, new and deleted ones, and no other', async () => {
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO devices (guid, hostname, seen) SELECT 'L' || i, 'host-' || i, 1 FROM n`);
    const before = { guid: 'L9000', hostname: 'host-9000', seen: 1, memory: null };
    const seen = await observe(
      () =>
        db.exec(`UPDATE devices SET seen = 2 WHERE guid IN ('L9000', 'L9001'); DELETE FROM devices WHERE guid = 'L500';
          INSERT INTO devices (guid) VALUES ('new')`),
      { rows: [row({ rowId: 9003, before, after: { ...before, seen: 2 } })] },
    );
    assert.deepEqual(
      seen.effects.rows.map(({ change, before: was, after }) => [change, was?.guid, after?.guid]),
      [
        ['delete', 'L500', undefined],
        ['update', 'L9000', 'L9000'],
        ['insert', undefined, 'new'],
      ],
    );
    assert.deepEqual([seen.disturbed, seen.notSearched], [false, ['devices']]);
  });

  it('finds a row under another rowid by its unique keys, however large its table', async () => {
    await observer.close();
    start({ limits: { mostSearchedRows: 0, mostScannedRows: 0 } });
    db.exec("INSERT INTO devices (rowid, guid) VALUES (100, 'Y')");
    const after = { guid: 'N', hostname: 'new', seen: 1, memory: null };
    const seen = await observe(
      () => db.exec("INSERT INTO devices (rowid, guid) VALUES (50, 'N'), (51, 'O'), (101, 'P')"),
      {
        rows: [row({ rowId: 4, change: 'insert', after })],
      },
    );
    assert.deepEqual(
      seen.effects.rows.map(({ rowId, after: now }) => [rowId, now?.guid]),
      [
        [50, 'N'],
        [101, 'P'],
      ],
    );
    assert.deepEqual(seen.notSearched, ['devices', 'jobs']);
  });

  it('names tables of too many bytes, and of more changes than are told', async () => {
    await observer.close();
    start({ limits: { mostSearchedBytes: 10_000, mostToldRows: 3 } });
    db.exec("INSERT INTO devices (guid, memory) VALUES ('L', zeroblob(20000))");
    const seen = await observe(() =>
      db.exec("INSERT INTO jobs (name) VALUES ('a'), ('b'), ('c'); UPDATE devices SET seen = 0"),
    );
    assert.deepEqual(seen.notSearched, ['devices', 'jobs']);
    assert.equal(seen.effects.rows.filter(({ table }) => table === 'jobs').length, 2);
  });

  it('tells no more than so many rows and bytes of all tables together, beginning with what the engine names', async () => {
    await observer.close();
    start({ limits: { mostToldRows: 2, mostToldBytes: 50_000 } });
    const named = row({
      table: 'jobs',
      rowId: 1,
      before: { id: 1, name: 'first', at: null },
      after: { id: 1, name: 'x', at: null },
    });
    const tables = ({ effects }: SeenEffects) => effects.rows.map(({ table }) => table);
    const many = await observe(() => db.exec('UPDATE jobs SET at = 1; UPDATE devices SET seen = 70'), {
      rows: [named],
    });
    assert.deepEqual(
      [tables(many), many.notSearched],
      [
        ['devices', 'jobs'],
        ['devices', 'jobs'],
      ],
    );
    // A row that is too large is not even read.
    const large = await observe(
      () =>
        db.exec("UPDATE jobs SET at = 2 WHERE id = 1; UPDATE devices SET memory = zeroblob(60000) WHERE guid = 'A'"),
      { rows: [named] },
    );
    assert.deepEqual([tables(large), large.notSearched], [['jobs'], ['devices']]);
  });

  it('says nothing at all when what the engine names is too much already', async () => {
    await observer.close();
    start({ limits: { mostToldBytes: 1000 } });
    const before = { guid: 'A', hostname: 'one', seen: 1, memory: { blob: 'AP8=' } };
    const rows = [row({ before, after: before })];
    const write = () => db.exec("UPDATE devices SET memory = zeroblob(2000) WHERE guid = 'A'");
    await assert.rejects(observe(write, { rows }), { code: 'effects_too_large', message: /devices/ });
    await observe(() => undefined);
  });

  it('leaves large tables unsearched once they have had their share of time, and says so', async () => {
    await observer.close();
    start({ limits: { searchShare: 1e-9 } });
    db.exec("INSERT INTO devices (guid, memory) VALUES ('L', zeroblob(1000000))");
    const seen = [];
    for (let n = 0; n < 2; n += 1) seen.push(await observe(() => db.exec('UPDATE devices SET seen = seen + 1')));
    assert.deepEqual(
      seen.map(({ notSearched }) => notSearched),
      [[], ['devices']],
    );
  });

  it('takes snapshots while it searches', async () => {
    await observer.close();
    start({ limits: { searchShare: 1, mostSearchedBytes: 1e9 } });
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
      INSERT INTO devices (guid, memory) SELECT 'L' || i, zeroblob(20000) FROM n`);
    const first = await observer.open();
    const order: string[] = [];
    const finishing = first.finish(NOTHING).then(() => void order.push('searched'));
    const opened = await observer.open();
    order.push('opened');
    await finishing;
    opened.close();
    assert.deepEqual(order, ['opened', 'searched']);
  });

  it('is disturbed when the engine met another row than the snapshot has', async () => {
    const before = { guid: 'A', hostname: 'one', seen: 99, memory: { blob: 'AP8=' } };
    const after = { ...before, seen: 100 };
    const update = await observe(() => undefined, { rows: [row({ before, after })] });
    assert.equal(update.disturbed, true);
    assert.equal(
      (await observe(() => undefined, { rows: [row({ before: { ...before, seen: 1 }, after })] })).disturbed,
      false,
    );
    assert.equal((await observe(() => undefined, { rows: [row({ change: 'insert', after })] })).disturbed, true);
    const later = row({ rowId: 4, change: 'insert', after: { ...after, guid: 'new' } });
    assert.equal((await observe(() => undefined, { rows: [later] })).disturbed, false);
  });

  it('says nothing of rows when the schema changed meanwhile', async () => {
    const seen = await observe(() => db.exec("ALTER TABLE devices ADD COLUMN more TEXT DEFAULT 'x'"));
    assert.deepEqual([seen.effects.rows, seen.disturbed, seen.notSearched.length], [[], true, 1]);
    const next = await observe(() => db.exec("UPDATE devices SET more = 'y' WHERE guid = 'A'"));
    assert.deepEqual(
      next.effects.rows.map(({ after }) => after?.more),
      ['y'],
    );
  });

  it('leaves no trace, and lets the WAL be reset once its observations are over', async () => {
    const digest = () => [file, `${file}-wal`].map((name) => readFileSync(name).toString('base64'));
    const before = digest();
    await observe(() => undefined);
    assert.deepEqual(digest(), before);
    const open = await observer.open();
    db.exec("UPDATE devices SET seen = 5 WHERE guid = 'A'");
    assert.equal((db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }])[0].busy, 1);
    open.close();
    await observe(() => undefined);
    assert.equal((db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }])[0].busy, 0);
  });

  it('lets go of an observation that grows too old', async () => {
    await observer.close();
    start({ maxAgeMs: 30 });
    const old = await observer.open();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await assert.rejects(old.finish(NOTHING), { code: 'observation_expired' });
    await observe(() => undefined);
    db.exec("UPDATE devices SET seen = 5 WHERE guid = 'A'");
    assert.equal((db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }])[0].busy, 0);
  });

  it('gives a thread that is still starting more time than one that runs', async () => {
    await observer.close();
    start({ answerMs: 1, startMs: 10_000 });
    const observation = await observer.open();
    observation.close();
  });

  it('holds at most as many observations as it may', async () => {
    await observer.close();
    start({ mostOpen: 2 });
    const [one] = await Promise.all([observer.open(), observer.open()]);
    await assert.rejects(observer.open(), { code: 'observer_busy' });
    one?.close();
    one?.close();
    (await observer.open()).close();
  });

  it('keeps the place of an observation until its search is over', async () => {
    await observer.close();
    start({ mostOpen: 1 });
    const one = await observer.open();
    const finishing = one.finish(NOTHING);
    one.close();
    assert.ok(observer.isFull());
    await assert.rejects(observer.open(), { code: 'observer_busy' });
    await finishing;
    assert.ok(!observer.isFull());
    (await observer.open()).close();
  });

  it('serves many at once', async () => {
    await observer.close();
    start({ mostOpen: 64 });
    const seen = await Promise.all(
      Array.from({ length: 64 }, async (_, n) => {
        const observation = await observer.open();
        db.prepare('UPDATE devices SET seen = ? WHERE guid = ?').run(1000 + n, 'A');
        return observation.finish(NOTHING);
      }),
    );
    assert.ok(seen.every(({ effects }) => effects.rows.length === 1 && effects.rows[0]?.rowId === 1));
  });

  it('closes while observations are open, and rejects them', async () => {
    const open = await observer.open();
    const finishing = open.finish(NOTHING);
    const other = await observer.open();
    const [done] = await Promise.allSettled([finishing, observer.close()]);
    if (done.status === 'rejected') assert.equal(done.reason.code, 'observer_closed');
    await assert.rejects(other.finish(NOTHING), { code: 'observer_closed' });
    await assert.rejects(observer.open(), { code: 'observer_closed' });
    await observer.close();
  });

  it('tells a file that is absent, and works once it is there', async () => {
    await observer.close();
    const later = join(folder, 'later.db');
    start({ file: later });
    await assert.rejects(observer.open(), { code: 'database_absent', message: /later\.db/ });
    const made = new Database(later);
    made.pragma('journal_mode = WAL');
    made.exec(SCHEMA);
    (await observer.open()).close();
    made.close();
  });

  it('follows a file that takes the place of another', async () => {
    await observe(() => undefined);
    const other = join(folder, 'other.db');
    const next = new Database(other);
    next.pragma('journal_mode = WAL');
    next.exec(SCHEMA);
    next.exec("UPDATE devices SET hostname = 'new file'");
    for (const end of ['', '-wal', '-shm']) await rename(`${other}${end}`, `${file}${end}`);
    const seen = await observe(() => next.exec("UPDATE devices SET seen = 70 WHERE guid = 'A'"));
    assert.deepEqual(
      seen.effects.rows.map(({ after }) => [after?.hostname, after?.seen]),
      [['new file', 70]],
    );
    next.close();
  });

  it('opens nothing that nobody has open, whose files it would make', async () => {
    db.close();
    assert.ok(!existsSync(`${file}-shm`));
    await assert.rejects(observer.open(), { code: 'database_not_open' });
    assert.ok(!existsSync(`${file}-shm`) && !existsSync(`${file}-wal`));
    db = new Database(file);
  });

  it('opens nothing that its snapshot would lock', async () => {
    db.pragma('journal_mode = DELETE');
    await assert.rejects(observer.open(), { code: 'database_not_open', message: /WAL mode/ });
    for (const end of ['-wal', '-shm']) await writeFile(`${file}${end}`, '');
    await assert.rejects(observer.open(), { code: 'database_not_wal' });
    for (const end of ['', '-wal', '-shm'])
      await writeFile(join(folder, `text.db${end}`), end === '' ? 'no database at all' : '');
    await observer.close();
    start({ file: join(folder, 'text.db') });
    await assert.rejects(observer.open(), { code: 'database_unreadable' });
  });

  it('goes on beside a writer that holds the lock', async () => {
    db.exec('BEGIN IMMEDIATE');
    db.exec("UPDATE devices SET seen = 80 WHERE guid = 'A'");
    const observation = await observer.open();
    db.exec('COMMIT');
    assert.deepEqual(
      (await observation.finish(NOTHING)).effects.rows.map(({ rowId }) => rowId),
      [1],
    );
  });

  it('tells a lock of the whole file', async () => {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec("UPDATE devices SET seen = 80 WHERE guid = 'A'");
    await assert.rejects(observer.open(), (error: { code: string }) =>
      ['database_locked', 'database_not_open'].includes(error.code),
    );
    db.pragma('locking_mode = NORMAL');
    db.exec("UPDATE devices SET seen = 81 WHERE guid = 'A'");
    (await observer.open()).close();
  });
});
