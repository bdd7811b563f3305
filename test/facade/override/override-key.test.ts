import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOverrideKey, overrideKeyFile } from '../../../src/facade/override/override-key.js';

describe('The override key', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'override-key-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is made on the first start, 256 bits for its owner alone, and kept', () => {
    const state = join(directory, 'state');
    const key = openOverrideKey(state);
    assert.equal(key.length, 32);
    assert.equal(statSync(overrideKeyFile(state)).mode & 0o777, 0o600);
    assert.deepEqual(openOverrideKey(state), key);
    assert.notDeepEqual(openOverrideKey(join(directory, 'other')), key);
  });

  it('is refused when others can read it', () => {
    openOverrideKey(directory);
    chmodSync(overrideKeyFile(directory), 0o640);
    assert.throws(() => openOverrideKey(directory), { code: 'admin_token_exposed', message: /override\.key/ });
  });

  it('is refused when it is shorter or no key at all', () => {
    for (const text of ['a-word-of-some-length', 'x'.repeat(42), 'x'.repeat(44)]) {
      writeFileSync(overrideKeyFile(directory), text, { mode: 0o600 });
      assert.throws(() => openOverrideKey(directory), { code: 'admin_token_weak', message: /32 bytes/ });
    }
  });
});
