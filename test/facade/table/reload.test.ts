import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFacadeDb } from '../../../src/facade/store/facade-db.js';
import { openMigrationTable } from '../../../src/facade/table/open-migration-table.js';
import { recordingLog, silentLog } from '../../kit/silent-log.js';
import {
  code,
  nextSnapshot,
  type OpenTable,
  openTable,
  SMALL_TABLE,
  stageOf,
  temporaryDirectory,
} from './open-table.js';

const EDITED = SMALL_TABLE.replace('GET /inline, stage: legacy', 'GET /inline, stage: engine');
const BROKEN = SMALL_TABLE.replace('GET /inline, stage: legacy', 'GET /inline, stage: shadwo');

describe('a table file that changes on disk', () => {
  let table: OpenTable;
  let log: ReturnType<typeof recordingLog>;
  beforeEach(async () => {
    log = recordingLog();
    table = await openTable({ log });
  });
  afterEach(() => table.close());

  it('is taken over when it is written in place', async () => {
    const next = nextSnapshot(table.store);
    table.write(EDITED);
    assert.equal(stageOf(await next, 'inline'), 'engine');
    assert.equal((await next).version, 2);
    const [version] = table.store.versions(1);
    assert.deepEqual(
      { cause: version?.cause, who: version?.who, changes: version?.changes },
      { cause: 'edit', who: 'file', changes: [{ id: 'inline', from: 'legacy', to: 'engine' }] },
    );
  });

  it('is taken over when another file takes its place', async () => {
    const next = nextSnapshot(table.store);
    const aside = join(table.directory, '4913');
    writeFileSync(aside, EDITED);
    renameSync(aside, table.file);
    assert.equal(stageOf(await next, 'inline'), 'engine');
    const again = nextSnapshot(table.store);
    table.write(SMALL_TABLE);
    assert.equal(stageOf(await again, 'inline'), 'legacy');
  });

  it('is taken over when it was removed and written anew', async () => {
    unlinkSync(table.file);
    await log.told('table rejected');
    assert.match(table.store.rejected()?.problems[0]?.message ?? '', /readable table/);
    assert.equal(stageOf(table.store.current(), 'inline'), 'legacy');
    const next = nextSnapshot(table.store);
    table.write(EDITED);
    assert.equal(stageOf(await next, 'inline'), 'engine');
    assert.equal(table.store.rejected(), undefined);
  });

  it('stays out of force while it breaks a rule, and says so once', async () => {
    const before = table.store.current();
    table.write(BROKEN);
    await log.told('table rejected');
    const rejected = table.store.rejected();
    assert.deepEqual(
      rejected?.problems.map(({ line, field }) => ({ line, field })),
      [{ line: 11, field: 'routes[0].stage' }],
    );
    assert.equal(rejected?.since, '2025-11-25T00:00:00.000Z');
    table.write(BROKEN); // Again the same.
    await assert.rejects(
      table.store.flip({ target: 'block', stage: 'engine', who: 'ann', why: 'x' }),
      code('table_rejected', /migration-table.yaml:11: routes\[0\].stage/),
    );
    assert.equal(table.text(), BROKEN, 'the edit was lost');
    assert.equal(table.store.current(), before);
    assert.equal(log.entries.filter(({ message }) => message === 'table rejected').length, 1);

    const next = nextSnapshot(table.store);
    table.write(EDITED);
    await next;
    assert.equal(table.store.rejected(), undefined);
  });

  it('is in force again as it was, when a bad edit is undone', async () => {
    const before = table.store.current();
    table.write(BROKEN);
    await log.told('table rejected');
    table.write(SMALL_TABLE);
    await log.told('table mended');
    assert.equal(table.store.rejected(), undefined);
    assert.equal(table.store.current(), before);
    assert.equal(table.store.versions(10).length, 1);
  });

  it('is taken over once when it is written in several steps', async () => {
    const seen: number[] = [];
    table.store.onChange(({ routes }) => seen.push(routes.length));
    const next = nextSnapshot(table.store);
    const lines = EDITED.split('\n');
    for (let count = 0; count <= lines.length; count += 1) table.write(lines.slice(0, count).join('\n'));
    await next;
    assert.deepEqual(seen, [6]);
    assert.equal(log.entries.filter(({ message }) => message === 'table rejected').length, 0);
  });
});

describe('a table file behind symbolic links', () => {
  /** As orchestrators mount configuration: name -> ..data/name, ..data -> a directory per version. */
  function publish(directory: string, version: string, text: string): void {
    mkdirSync(join(directory, version));
    writeFileSync(join(directory, version, 'table.yaml'), text);
    symlinkSync(version, join(directory, '..data_tmp'));
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
  }

  it('is taken over when the link that it is reached by is swapped, and is rewritten where it lies', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'table.yaml');
    publish(directory, 'v1', SMALL_TABLE);
    symlinkSync('..data/table.yaml', file);
    const db = openFacadeDb(':memory:');
    const store = await openMigrationTable({
      file,
      history: db.history,
      log: silentLog,
      now: Date.now,
      pollMs: 60_000,
    });
    try {
      const next = nextSnapshot(store);
      publish(directory, 'v2', EDITED);
      assert.equal(stageOf(await next, 'inline'), 'engine');
      await store.flip({ target: 'block', stage: 'engine', who: 'ann', why: 'x' });
      assert.match(readFileSync(join(directory, 'v2', 'table.yaml'), 'utf8'), /stage: engine {3}# about block/);
      assert.equal(readFileSync(join(directory, 'v1', 'table.yaml'), 'utf8'), SMALL_TABLE);
    } finally {
      await store.close();
      db.close();
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a table file whose directory tells nothing', () => {
  it('is looked at now and then', async () => {
    const elsewhere = temporaryDirectory();
    const directory = temporaryDirectory();
    const [real, file] = [join(elsewhere, 'real.yaml'), join(directory, 'table.yaml')];
    writeFileSync(real, SMALL_TABLE);
    symlinkSync(real, file);
    const db = openFacadeDb(':memory:');
    const store = await openMigrationTable({ file, history: db.history, log: silentLog, now: Date.now, pollMs: 20 });
    try {
      const next = nextSnapshot(store);
      writeFileSync(real, EDITED);
      assert.equal(stageOf(await next, 'inline'), 'engine');
    } finally {
      await store.close();
      db.close();
      for (const path of [elsewhere, directory]) rmSync(path, { recursive: true });
    }
  });
});

describe('flips and edits at once', () => {
  it('a flip takes up an edit that has not been seen yet', async () => {
    const table = await openTable();
    try {
      table.write(EDITED);
      const version = await table.store.flip({ target: 'block', stage: 'engine', who: 'ann', why: 'x' });
      assert.deepEqual(version.changes, [{ id: 'block', from: 'legacy', to: 'engine' }]);
      assert.equal(version.version, 3);
      const { routes } = table.store.current();
      assert.deepEqual(
        routes.slice(0, 2).map(({ stage }) => stage),
        ['engine', 'engine'],
      );
      assert.match(table.text(), /GET \/inline, stage: engine/);
    } finally {
      await table.close();
    }
  });

  it('an edit that follows a flip at once is taken over too', async () => {
    const table = await openTable();
    try {
      const edited = new Promise<void>((resolve) => {
        const stop = table.store.onChange(() => {
          stop();
          table.write(table.text().replace('GET /inline, stage: legacy', 'GET /inline, stage: engine'));
          table.store.onChange(() => resolve());
        });
      });
      await table.store.flip({ target: 'block', stage: 'engine', who: 'ann', why: 'x' });
      await edited;
      assert.deepEqual(
        table.store.versions(9).map(({ cause }) => cause),
        ['edit', 'flip', 'start'],
      );
      assert.match(table.text(), /GET \/inline, stage: engine/);
    } finally {
      await table.close();
    }
  });

  it('its own writing is no edit', async () => {
    const table = await openTable({ pollMs: 5 });
    try {
      const watcher = watch(table.directory);
      const event = once(watcher, 'change');
      await table.store.flip({ target: 'block', stage: 'engine', who: 'ann', why: 'x' });
      await event;
      watcher.close();
      await table.store.flip({ target: 'block', stage: 'legacy', who: 'ann', why: 'x' });
      assert.deepEqual(
        table.store.versions(9).map(({ cause }) => cause),
        ['flip', 'flip', 'start'],
      );
    } finally {
      await table.close();
    }
  });
});
