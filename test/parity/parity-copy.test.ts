/** The check of the carried parity suite sees each way in which a copy falls behind. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../kit/python.js';

describe('scripts/check-parity-copy.mjs', () => {
  let source: string;
  const check = () => {
    const env = { ...process.env, PARITY_SOURCE: source };
    const run = spawnSync(process.execPath, ['scripts/check-parity-copy.mjs'], {
      cwd: projectRoot,
      env,
      encoding: 'utf8',
    });
    return { status: run.status, output: run.stdout };
  };

  beforeEach(async () => {
    source = await mkdtemp(join(tmpdir(), 'parity-source-'));
    await cp(join(projectRoot, 'test/parity/contract'), join(source, 'contract'), { recursive: true });
    await cp(join(projectRoot, 'test/parity/suite'), join(source, 'parity'), { recursive: true });
  });
  afterEach(() => rm(source, { recursive: true }));

  it('is content with equal files, and with contract files that are not carried', async () => {
    await writeFile(join(source, 'contract', 'POLICY.md'), 'not carried');
    assert.equal(check().status, 0);
  });

  it('is content where there are no originals', async () => {
    await rename(join(source, 'parity'), join(source, 'elsewhere'));
    assert.deepEqual(check(), { status: 0, output: 'no originals here to compare with\n' });
  });

  it('names a file that differs, one that is missing, and one that has no original', async () => {
    await appendFile(join(source, 'contract', 'schema.sql'), '-- newer');
    await writeFile(join(source, 'parity', 'scenarios', 'new.mjs'), '');
    await rm(join(source, 'parity', 'recordings', 'smoke.json'));
    const { status, output } = check();
    assert.equal(status, 1);
    assert.match(output, /^differs: test\/parity\/contract\/schema\.sql$/m);
    assert.match(output, /^missing: test\/parity\/suite\/scenarios\/new\.mjs$/m);
    assert.match(output, /^no original: test\/parity\/suite\/recordings\/smoke\.json$/m);
  });
});
