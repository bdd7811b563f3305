import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { CopyQueue } from '../../../src/facade/shadowing/copy-queue.js';
import { recordingLog, silentLog } from '../../kit/silent-log.js';

/** Copies that end when told, and what became of them. */
function copies() {
  const told: string[] = [];
  const ends = new Map<string, () => void>();
  const copy = (name: string) => ({
    send: () => {
      told.push(`${name} sent`);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    },
    drop: (reason: string) => told.push(`${name} ${reason}`),
    cut: (reason: string) => {
      told.push(`${name} cut: ${reason}`);
      ends.get(name)?.();
    },
  });
  return { told, copy, end: (name: string) => ends.get(name)?.() };
}

describe('CopyQueue', () => {
  const open = (more: Partial<ConstructorParameters<typeof CopyQueue>[0]> = {}) =>
    new CopyQueue({ concurrency: 1, most: 2, maxWaitMs: 100, now: () => 0, log: silentLog, ...more });

  it('sends after what is being done now, as many as may be at once', async () => {
    const queue = open({ concurrency: 2 });
    const { told, copy, end } = copies();
    for (const name of ['a', 'b']) queue.add(copy(name));
    assert.deepEqual(told, []);
    await turn();
    queue.add(copy('c'));
    await turn();
    assert.deepEqual(told, ['a sent', 'b sent']);
    assert.deepEqual([queue.waiting, queue.underWay], [1, 2]);
    end('a');
    await turn();
    await turn();
    assert.deepEqual(told, ['a sent', 'b sent', 'c sent']);
  });

  it('drops the oldest when it is full', async () => {
    const queue = open();
    const { told, copy } = copies();
    queue.add(copy('a'));
    await turn();
    for (const name of ['b', 'c', 'd']) queue.add(copy(name));
    assert.deepEqual(told, ['a sent', 'b queue_full']);
  });

  it('drops one that breaks, says so, and goes on', async () => {
    const log = recordingLog();
    const queue = open({ log });
    const { told, copy } = copies();
    queue.add({ ...copy('a'), send: () => Promise.reject(new TypeError('planted')) });
    queue.add(copy('b'));
    await log.told('copy failed');
    await turn();
    await turn();
    assert.deepEqual(told, ['a compare_failed', 'b sent']);
  });

  it('drops what has waited too long', async () => {
    let now = 0;
    const queue = open({ now: () => now });
    const { told, copy, end } = copies();
    queue.add(copy('a'));
    await turn();
    queue.add(copy('b'));
    now = 50;
    queue.add(copy('c'));
    now = 101;
    end('a');
    await turn();
    await turn();
    assert.deepEqual(told, ['a sent', 'b stale', 'c sent']);
  });

  it('gives back what is taken from it, and drops the rest at the end', async () => {
    const queue = open();
    const { told, copy } = copies();
    const [a, b] = [copy('a'), copy('b')];
    queue.add(a);
    queue.add(b);
    assert.ok(queue.remove(a));
    assert.ok(!queue.remove(a));
    queue.close();
    await turn();
    assert.deepEqual(told, ['b stopping']);
  });

  it('drops what waits and cuts what is under way when it is closed', async () => {
    const queue = open();
    const { told, copy } = copies();
    queue.add(copy('a'));
    await turn();
    queue.add(copy('b'));
    queue.close();
    assert.deepEqual(told, ['a sent', 'b stopping', 'a cut: stopping']);
    await turn();
    assert.equal(queue.underWay, 0);
  });
});
