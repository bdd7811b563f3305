/** Ends of runs on disk: for their owner, whole or not at all. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerRunEnd } from '../../../src/engine/domain/playbook-run.js';
import { forgetEnd, keepEnd, listKeptEnds, readKeptEnd } from '../../../src/engine/services/playbooks/kept-ends.js';

describe('kept ends of runs on the server', () => {
  let folder: string;
  let root: string;
  const [whole, half] = ['a'.repeat(32), 'b'.repeat(32)];
  const end: ServerRunEnd = { status: 'Failed', stdout: 'said \u{1F600}', stderr: '', error: 'why' };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kept-ends-'));
    root = join(folder, 'not', 'there', 'yet');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are read as they were kept, by their owner alone', async () => {
    await keepEnd(root, whole, end);
    assert.deepEqual(await readKeptEnd(root, whole), end);
    assert.equal(((await stat(join(root, `${whole}.ended.json`))).mode & 0o777).toString(8), '600');
    await forgetEnd(root, whole);
    assert.deepEqual([await readKeptEnd(root, whole), await listKeptEnds(root)], [undefined, []]);
  });

  it('are none while they are not whole, and are found all the same', async () => {
    await keepEnd(root, whole, end);
    for (const text of ['', '{"status":"Succ', 'null', '{"status":"Running"}']) {
      await writeFile(join(root, `${whole}.ended.json`), text);
      assert.equal(await readKeptEnd(root, whole), undefined, text);
    }
    await writeFile(join(root, `${half}.ended.json.part`), '{');
    await writeFile(join(root, 'other.json'), '{}');
    assert.deepEqual([...(await listKeptEnds(root))].sort(), [whole, half]);
    for (const runId of [whole, half]) await forgetEnd(root, runId);
    assert.deepEqual(await listKeptEnds(root), []);
  });
});
