import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { TableVersionRepository } from '../../../src/facade/store/table-version-repository.js';
import type { TableHistory } from '../../../src/facade/table/table-history.js';
import { recordingLog } from '../../kit/silent-log.js';
import { code, nextSnapshot, openTable, SMALL_TABLE, stageOf, temporaryDirectory } from './open-table.js';

const FLIP = { target: 'inline', stage: 'engine', who: 'ann', why: 'a try' } as const;

/** A history with another way to append. */
function appending(append: (history: TableHistory, ...rest: Parameters<TableHistory['append']>) => void) {
  return (history: TableHistory): TableHistory => ({
    newest: () => history.newest(),
    list: (limit) => history.list(limit),
    textOf: (version) => history.textOf(version),
    append: (version, publish) => append(history, version, publish),
  });
}

describe('a flip that can not be kept', () => {
  it('is refused while facade.db is locked, and works afterwards', async () => {
    const table = await openTable();
    const other = new Database(join(table.directory, 'facade.db'));
    try {
      const before = table.store.current();
      other.exec('BEGIN IMMEDIATE');
      await assert.rejects(table.store.flip(FLIP), code('history_write_failed'));
      assert.equal(table.text(), SMALL_TABLE);
      assert.equal(table.store.current(), before);
      other.exec('ROLLBACK');
      assert.equal((await table.store.flip(FLIP)).version, 2);
    } finally {
      other.close();
      await table.close();
    }
  });

  it('is refused while facade.db is full', async () => {
    let database: Database.Database | undefined;
    const directory = temporaryDirectory();
    const table = await openTable({
      directory,
      text: SMALL_TABLE,
      history: () => {
        database = new Database(join(directory, 'facade.db'));
        database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true })) + 4}`);
        return new TableVersionRepository(database);
      },
    });
    const flips = async () => {
      for (let index = 0; index < 200; index += 1)
        await table.store.flip({ ...FLIP, stage: index % 2 === 0 ? 'engine' : 'legacy' });
    };
    try {
      await assert.rejects(flips(), code('history_write_failed'));
      const [newest] = table.store.versions(1);
      assert.equal(newest?.version, table.store.current().version);
      assert.equal(table.db.history.textOf(newest?.version ?? 0), table.text());
    } finally {
      database?.close();
      await table.close();
    }
  });

  it('puts the old file back when the commit fails after the new one is in place', async () => {
    let fail = true;
    const table = await openTable({
      history: appending((history, version, publish) => {
        history.append(version, () => {
          publish?.();
          if (publish !== undefined && fail) throw new Error('disk I/O error');
        });
      }),
    });
    try {
      const before = table.store.current();
      await assert.rejects(table.store.flip(FLIP), code('history_write_failed'));
      assert.equal(table.text(), SMALL_TABLE);
      assert.equal(table.store.current(), before);
      assert.equal(table.store.versions(9).length, 1);
      fail = false;
      assert.equal((await table.store.flip(FLIP)).version, 2);
      assert.deepEqual(
        readdirSync(table.directory).filter((name) => name.startsWith('.')),
        [],
      );
    } finally {
      await table.close();
    }
  });

  it('keeps no version when the file can not be replaced', async () => {
    const table: Awaited<ReturnType<typeof openTable>> = await openTable({
      history: appending((history, version, publish) => {
        if (publish !== undefined)
          for (const name of readdirSync(table.directory))
            if (name.includes('.new-')) rmSync(join(table.directory, name));
        history.append(version, publish);
      }),
    });
    try {
      await assert.rejects(table.store.flip(FLIP), code('table_write_failed'));
      assert.equal(table.text(), SMALL_TABLE);
      assert.equal(table.store.versions(9).length, 1);
      assert.equal(stageOf(table.store.current(), 'inline'), 'legacy');
    } finally {
      await table.close();
    }
  });

  it('gives way to an edit that comes at the last moment, and is made on top of it', async () => {
    let edits = 0;
    // The clock is read between the look at the file and its replacement.
    const table: Awaited<ReturnType<typeof openTable>> = await openTable({
      now: () => {
        if (edits > 0) table.write(table.text().replace(/^# .*/, `# Head ${edits--}.`));
        return 0;
      },
    });
    try {
      edits = 1;
      const version = await table.store.flip(FLIP);
      assert.match(table.text(), /^# Head 1\.\n/);
      assert.equal(stageOf(table.store.current(), 'inline'), 'engine');
      assert.equal(version.version, 3);
      assert.deepEqual(
        table.store.versions(9).map(({ cause }) => cause),
        ['flip', 'edit', 'start'],
      );
      edits = 1000;
      await assert.rejects(table.store.flip({ ...FLIP, stage: 'legacy' }), code('table_changing'));
      assert.equal(stageOf(table.store.current(), 'inline'), 'engine');
    } finally {
      edits = 0;
      await table.close();
    }
  });
});

describe('an edit while facade.db is locked', () => {
  it('comes into force, and its version is kept later', async () => {
    const log = recordingLog();
    const table = await openTable({ log, pollMs: 30 });
    const other = new Database(join(table.directory, 'facade.db'));
    try {
      other.exec('BEGIN IMMEDIATE');
      const next = nextSnapshot(table.store);
      table.write(SMALL_TABLE.replace('GET /inline, stage: legacy', 'GET /inline, stage: engine'));
      assert.equal(stageOf(await next, 'inline'), 'engine');
      await log.told('table history');
      other.exec('ROLLBACK');
      const flipped = await table.store.flip({ ...FLIP, target: 'block' });
      assert.equal(flipped.version, 3);
      assert.deepEqual(
        table.store.versions(9).map(({ version, cause }) => [version, cause]),
        [
          [3, 'flip'],
          [2, 'edit'],
          [1, 'start'],
        ],
      );
    } finally {
      other.close();
      await table.close();
    }
  });
});

describe('starting', () => {
  it('refuses a bad table, with every problem', async () => {
    await assert.rejects(
      openTable({
        text: 'version: 1\nroutes:\n  - { id: a, match: GET /a, stage: shadwo }\n  - { id: a, match: /b, stage: engine }\n',
      }),
      code('table_invalid', /yaml:3: .*shadwo[\s\S]*yaml:4: .*match[\s\S]*/),
    );
  });

  it('refuses a table that is absent, no file, or no text', async () => {
    const directory = temporaryDirectory();
    await assert.rejects(openTable({ directory }), code('table_unreadable', /ENOENT/));
    writeFileSync(join(directory, 'migration-table.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    await assert.rejects(openTable({ directory }), code('table_unreadable'));
    rmSync(directory, { recursive: true });
  });

  it('goes on with the number of the version that the file has', async () => {
    const first = await openTable();
    await first.store.flip(FLIP);
    await first.store.close();
    first.db.close();
    const second = await openTable({ directory: first.directory });
    assert.equal(second.store.current().version, 2);
    assert.equal(second.store.versions(9).length, 2);
    await second.close();
  });

  it('keeps what was edited in the meantime as a version', async () => {
    const first = await openTable();
    await first.store.close();
    first.db.close();
    const second = await openTable({
      directory: first.directory,
      text: SMALL_TABLE.replace('POST /first,  group: pair', 'POST /first,  stage: engine'),
    });
    const [newest] = second.store.versions(1);
    assert.deepEqual(
      { version: newest?.version, cause: newest?.cause, changes: newest?.changes },
      { version: 2, cause: 'edit', changes: [{ id: 'first', from: 'legacy', to: 'engine' }] },
    );
    assert.match(newest?.diff ?? '', /\+ {2}- \{ id: first, .*stage: engine \}/);
    await second.close();
  });

  it('makes sense of a crash between the new file and its version', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'migration-table.yaml'), SMALL_TABLE);
    const program = fileURLToPath(new URL('./crash-in-flip.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program, directory], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [, signal] = await once(child, 'exit');
    assert.equal(signal, 'SIGKILL');
    const table = await openTable({ directory });
    try {
      assert.equal(stageOf(table.store.current(), 'inline'), 'engine');
      assert.deepEqual(
        table.store
          .versions(9)
          .map(({ version, cause, digest }) => [version, cause, digest === table.store.current().digest]),
        [
          [2, 'edit', true],
          [1, 'start', false],
        ],
      );
      const back = await table.store.rollback({ who: 'ann', why: 'x' });
      assert.equal(back.version, 3);
      assert.equal(table.text(), SMALL_TABLE);
    } finally {
      await table.close();
    }
  });

  it('waits a moment for a facade.db that is locked for a moment, and the event loop turns meanwhile', async () => {
    const table = await openTable();
    const locker = new Database(join(table.directory, 'facade.db'));
    try {
      locker.exec('BEGIN IMMEDIATE');
      setTimeout(() => locker.exec('ROLLBACK'), 120);
      await table.store.flip(FLIP);
      assert.equal(stageOf(table.store.current(), FLIP.target), FLIP.stage);
    } finally {
      locker.close();
      await table.close();
    }
  });
});
