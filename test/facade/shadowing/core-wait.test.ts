import assert from 'node:assert/strict';
import { CoreWait } from '../../../src/facade/shadowing/core-wait.js';

describe('CoreWait', () => {
  it('tells the time in the run queue since the last call', () => {
    const said = ['100 5000000 1', '200 7500000 2', '300 7500000 3'];
    const wait = new CoreWait(() => said.shift() ?? '');
    assert.equal(wait.since(), 2.5);
    assert.equal(wait.since(), 0);
  });

  it('knows nothing where the system tells nothing', () => {
    const silent = new CoreWait(() => {
      throw new Error('ENOENT');
    });
    assert.equal(silent.since(), 0);
    assert.equal(new CoreWait(() => 'odd').since(), 0);
  });
});
