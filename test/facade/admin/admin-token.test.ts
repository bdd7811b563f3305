import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openAdminToken,
  openMetricsToken,
  readTokenFile,
  tokenMatcher,
} from '../../../src/facade/admin/admin-token.js';

describe('The admin token', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'admin-token-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const open = (stateDirectory: string, token = '') => openAdminToken({ stateDirectory, admin: { token } });

  it('is made on the first start, for its owner alone, and kept', () => {
    const state = join(directory, 'state');
    const token = open(state);
    assert.match(token, /^[\w-]{43}$/);
    assert.equal(statSync(join(state, 'admin.token')).mode & 0o777, 0o600);
    assert.equal(statSync(state).mode & 0o777, 0o700);
    assert.equal(open(state), token);
    assert.notEqual(open(join(directory, 'other')), token);
  });

  it('has one for metrics beside it, another one', () => {
    const state = join(directory, 'state');
    const token = openMetricsToken(state);
    assert.equal(statSync(join(state, 'metrics.token')).mode & 0o777, 0o600);
    assert.equal(openMetricsToken(state), token);
    assert.notEqual(open(state), token);
  });

  it('is refused when others can read it', () => {
    open(directory);
    const file = join(directory, 'admin.token');
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(file, mode);
      assert.throws(() => open(directory), { code: 'admin_token_exposed', message: /chmod 600/ });
    }
  });

  it('is refused when its file is empty, short, a link, or not there', () => {
    const file = join(directory, 'admin.token');
    for (const text of ['', 'short', 'has blanks in between it']) {
      writeFileSync(file, text, { mode: 0o600 });
      assert.throws(() => readTokenFile(file), { code: 'admin_token_weak' });
    }
    rmSync(file);
    assert.throws(() => readTokenFile(file), { code: 'admin_token_unreadable' });
    symlinkSync('/etc/hostname', file);
    assert.throws(() => open(directory), { code: 'admin_token_unreadable' });
  });

  it('may come from the settings, when it is long enough', () => {
    assert.equal(open(directory, 'from-the-settings-1'), 'from-the-settings-1');
    assert.throws(() => open(directory, 'short'), { code: 'admin_token_weak' });
  });

  it('matches itself alone', () => {
    const matches = tokenMatcher('0123456789abcdef');
    assert.ok(matches('0123456789abcdef'));
    for (const other of ['', '0123456789abcde', '0123456789abcdef0', '0123456789abcdeF']) assert.ok(!matches(other));
  });
});
