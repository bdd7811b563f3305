import assert from 'node:assert/strict';
import { Afterwards } from '../../../src/facade/shadowing/afterwards.js';

describe('Afterwards', () => {
  it('does what was added later, in its order', async () => {
    const done: number[] = [];
    const afterwards = new Afterwards();
    const all = new Promise<void>((resolve) => {
      afterwards.add(() => done.push(1));
      afterwards.add(() => done.push(2));
      afterwards.add(resolve);
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(done, []);
    await all;
    assert.deepEqual(done, [1, 2]);
    await new Promise<void>((resolve) => afterwards.add(resolve));
  });

  it('does at once what waits when it is closed, and what comes then', () => {
    const done: number[] = [];
    const afterwards = new Afterwards();
    afterwards.add(() => done.push(1));
    afterwards.close();
    assert.deepEqual(done, [1]);
    afterwards.add(() => done.push(2));
    assert.deepEqual(done, [1, 2]);
  });
});
