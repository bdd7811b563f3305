import assert from 'node:assert/strict';
import { ClosingStack } from '../../src/facade/closing-stack.js';

describe('closing stack', () => {
  it('closes in the reverse order, each after the one before has closed, and only once', async () => {
    const closed: string[] = [];
    const stack = new ClosingStack();
    const later = async (name: string): Promise<void> => {
      await Promise.resolve();
      closed.push(name);
    };
    assert.equal(stack.add('first', later), 'first');
    stack.add('second', later);
    await Promise.all([stack.close(), stack.close()]);
    assert.deepEqual(closed, ['second', 'first']);
  });

  it('closes the others when one fails, and then tells of the failure', async () => {
    const closed: string[] = [];
    const stack = new ClosingStack();
    stack.add('first', (name) => void closed.push(name));
    stack.add('second', () => Promise.reject(new Error('stuck')));
    await assert.rejects(stack.close(), /stuck/);
    assert.deepEqual(closed, ['first']);
  });
});
