import assert from 'node:assert/strict';
import { callerName } from '../../../src/facade/cli/caller-name.js';

describe('The name of whoever runs a command', () => {
  it('is that of the user, and of the person who became that user by sudo', () => {
    assert.equal(callerName('ann', {}), 'ann');
    assert.equal(callerName('borealis', { SUDO_USER: 'ann' }), 'ann as borealis');
    assert.equal(callerName('root', { SUDO_USER: 'ann' }), 'ann as root');
    for (const nobody of ['', ' ', 'root', 'borealis'])
      assert.equal(callerName('borealis', { SUDO_USER: nobody }), 'borealis');
  });
});
