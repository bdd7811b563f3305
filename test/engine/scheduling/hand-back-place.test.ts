/** The command that gives jobs back without an engine says when it is not at the legacy's database, where it would find nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { productEntry } from '../../kit/product-entry.js';

describe('handing jobs back in the wrong place', function () {
  this.timeout(60_000);
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hand-back-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function handBack(): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const { execArgv, file } = productEntry('engine');
    const child = spawn(process.execPath, [...execArgv, join(dirname(file), 'hand-back', basename(file))], {
      env: { PATH: process.env.PATH ?? '', BOREALIS_ROOT: root },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { out: '', err: '' };
    for (const name of ['out', 'err'] as const)
      child[name === 'out' ? 'stdout' : 'stderr'].on('data', (chunk) => {
        said[name] += String(chunk);
      });
    const [code] = (await once(child, 'close')) as [number];
    return { code, ...said };
  }

  it('fails where there is no database, and makes none', async () => {
    const { code, out, err } = await handBack();
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^there is no .*database\.db\. .*shared\.projectRoot/);
    assert.equal(existsSync(join(root, 'database.db')), false);
  });

  it("fails at a file that is not the legacy's", async () => {
    new Database(join(root, 'database.db')).exec('CREATE TABLE other (id INTEGER)').close();
    const { code, out, err } = await handBack();
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /database\.db is not the legacy's database: .*no such table: scheduled_jobs/);
  });
});
