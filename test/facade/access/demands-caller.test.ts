import assert from 'node:assert/strict';
import { demandOf } from '../../../src/facade/access/demands-caller.js';
import type { Access } from '../../../src/facade/table/access.js';

const row = (access: Access, methods: readonly string[] | '*') => ({ access, matches: [{ methods, rule: '/x' }] });

describe('what a row demands of a request', () => {
  it('is nothing where it is public', () => assert.equal(demandOf(row('public', '*'), 'DELETE'), undefined));

  it('is its access, for named and for other methods', () => {
    for (const method of ['GET', 'HEAD', 'POST', 'PROPFIND'])
      assert.equal(demandOf(row('admin', ['GET']), method), 'admin');
  });

  it('is nothing of an OPTIONS that no handler answers', () => {
    assert.equal(demandOf(row('operator', ['GET', 'POST']), 'OPTIONS'), undefined);
    assert.equal(demandOf({ access: 'operator', matches: [] }, 'OPTIONS'), undefined);
    assert.equal(demandOf(row('operator', ['GET', 'OPTIONS']), 'OPTIONS'), 'operator');
    assert.equal(demandOf(row('operator', '*'), 'OPTIONS'), 'operator');
  });
});
