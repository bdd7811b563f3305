import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { BatchBuffer } from '../../../../src/facade/comparing/store/batch-buffer.js';
import { comparisonCalls } from '../../../../src/facade/comparing/store/comparison-database.js';
import { EVIDENCE_LIMITS } from '../../../../src/facade/comparing/store/evidence-limits.js';
import { openFacadeDb } from '../../../../src/facade/store/facade-db.js';
import { difference, openStore } from './store-fixture.js';

describe('a facade.db that can not be written', () => {
  it('costs comparisons, which are counted, and nothing else; it is said once', async () => {
    const open = openStore();
    const locker = new Database(open.file);
    try {
      open.record({}, 2);
      await open.store.flush();
      locker.exec('BEGIN IMMEDIATE');
      open.record({}, 5);
      const startedAt = performance.now();
      open.record({}, 5);
      assert.ok(performance.now() - startedAt < 50, 'a comparison waited for the lock');
      await open.store.flush();
      open.record({}, 3);
      await open.store.flush();
      assert.equal(open.store.health().writable, false);
      assert.equal(open.store.health().lost, 13);
      locker.exec('ROLLBACK');
      open.state.now += 10_000;
      open.record({}, 1);
      await open.store.flush();
      assert.equal(open.store.health().writable, true);
      const evidence = await open.store.evidenceOf('devices');
      assert.equal(evidence?.counts.match, 3);
      assert.deepEqual(evidence?.drops, [{ reason: 'store_unwritable', count: 13 }]);
      const said = open.log.entries.map(({ level, message }) => `${level} ${message}`);
      assert.deepEqual(said, ['error comparisons are not kept', 'info comparisons are kept again']);
    } finally {
      locker.close();
      await open.close();
    }
  });

  it('lets the facade keep its own versions while comparisons are written at full speed', async () => {
    const open = openStore();
    try {
      for (let at = 0; at < 60; at += 1) {
        for (let n = 0; n < 40; n += 1)
          open.record({ differences: [difference(`body.f${n}`)], answer: `"${'x'.repeat(20_000)}"` });
        const written = open.store.flush();
        open.db.audit.recordAudit({ at: 'now', who: 'a', action: 'b', detail: 'c', why: 'd' });
        await written;
      }
    } finally {
      await open.close();
    }
  });

  it('that is full takes nothing of a batch, and takes the next when there is room', () => {
    const directory = mkdtempSync(join(tmpdir(), 'comparisons-'));
    const file = join(directory, 'facade.db');
    openFacadeDb(file).close();
    const database = new Database(file);
    try {
      const calls = comparisonCalls(database, EVIDENCE_LIMITS);
      const pages = Number(database.pragma('page_count', { simple: true }));
      database.pragma(`max_page_count = ${pages + 1}`);
      assert.throws(() => calls.write(batch(400)), { code: 'SQLITE_FULL' });
      const count = () => database.prepare('SELECT coalesce(sum(count), 0) FROM comparison_cells').pluck().get();
      assert.equal(count(), 0);
      assert.equal(database.prepare('SELECT count(*) FROM comparison_periods').pluck().get(), 0);
      database.pragma(`max_page_count = ${pages + 1000}`);
      calls.write(batch(400));
      assert.equal(count(), 400);
    } finally {
      database.close();
      rmSync(directory, { recursive: true });
    }
  });

  it('that is no database costs comparisons only', async () => {
    const open = openStore();
    try {
      open.db.close();
      for (const part of ['-wal', '-shm']) rmSync(open.file + part, { force: true });
      writeFileSync(open.file, 'x'.repeat(8192));
      open.record({}, 2);
      await open.store.flush();
      assert.equal(open.store.health().lost, 2);
      await assert.rejects(open.store.evidenceOf('devices'));
    } finally {
      await open.close();
    }
  });
});

function batch(paths: number) {
  const buffer = new BatchBuffer();
  for (let at = 0; at < paths; at += 1)
    buffer.count({
      subject: { row: 'devices', answeredBy: 'legacy', rules: 'r', build: 'b' },
      current: true,
      at: 1,
      cell: { verdict: 'mismatch', reason: '', status: '2xx', caller: 'operator' },
      shape: '-',
      differences: [{ kind: 'value', path: `body.${'long'.repeat(40)}${at}` }],
      latencies: [],
      passes: [],
      unseen: [],
    });
  return buffer.take().batch;
}

describe('a facade that is killed', () => {
  it('loses at most what was not handed over, and its file stays whole', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'comparisons-'));
    const file = join(directory, 'facade.db');
    try {
      const writer = spawn(
        process.execPath,
        ['--import', 'tsx', join(import.meta.dirname, 'killed-writer.ts'), directory],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let told = 0;
      const killed = once(writer, 'exit');
      writer.stdout.on('data', (chunk: Buffer) => {
        told = Number(chunk.toString().trim().split('\n').at(-1));
        if (told >= 200) writer.kill('SIGKILL');
      });
      await killed;
      const database = new Database(file);
      assert.equal(database.pragma('integrity_check', { simple: true }), 'ok');
      const kept = Number(database.prepare('SELECT sum(count) FROM comparison_cells').pluck().get());
      database.close();
      assert.ok(kept >= 200 && kept <= told + 100, `${kept} of ${told}`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
