import assert from 'node:assert/strict';
import { AskedThread, type AskedThreadOptions } from '../../../src/legacy-bridge/threads/asked-thread.js';
import type { ThreadError } from '../../../src/legacy-bridge/threads/thread-error.js';
import type { Order } from '../../kit/obedient-worker.js';

describe('AskedThread', () => {
  let thread: AskedThread<Order, unknown, number>;
  const start = (options: Partial<AskedThreadOptions> = {}): void => {
    const module = '../../kit/obedient-worker';
    thread = new AskedThread({
      module,
      importer: import.meta.url,
      data: undefined,
      name: 'the obedient one',
      ...options,
    });
  };
  const failure = (asked: Promise<unknown>): Promise<ThreadError> =>
    asked.then(
      () => assert.fail('it answered'),
      (error) => error,
    );
  afterEach(() => thread.close());

  it('answers each question once, in order, by one thread', async () => {
    start();
    assert.deepEqual(await Promise.all([{ say: 'a' }, { say: 'b' }].map((order) => thread.ask(order))), ['a 1', 'b 2']);
    thread.tell({ say: 'unheard' });
    assert.equal(await thread.ask({ say: 'c' }), 'c 4');
  });

  it('tells of a question that failed with the code and the place of the fault, and goes on', async () => {
    start();
    const coded = await failure(thread.ask({ fail: 'the disk is full', code: 'SQLITE_FULL' }));
    assert.deepEqual(
      [coded.code, coded.failure, coded.message],
      ['question_failed', 'SQLITE_FULL', 'the disk is full'],
    );
    assert.match(coded.stack ?? '', /obedient-worker/);
    assert.deepEqual((await failure(thread.ask({ fail: 'odd' }))).failure, '');
    assert.equal(await thread.ask({ say: 'on' }), 'on 1');
  });

  it('rejects what was asked of a thread that ended, says so, and asks another one next', async () => {
    const ends: string[] = [];
    start({ ended: ({ code }) => ends.push(code) });
    const first = await thread.ask({ thread: true });
    const asked = [thread.ask({ standMs: 1 }), thread.ask({ exit: true }), thread.ask({ say: 'late' })].map((one) =>
      one.then(String, (error: ThreadError) => error.code),
    );
    assert.deepEqual((await Promise.all(asked)).slice(1), ['thread_ended', 'thread_ended']);
    assert.deepEqual(ends, ['thread_ended']);
    assert.notEqual(await thread.ask({ thread: true }), first);
  });

  it('may be silent while it starts, and as long as any word of it is heard, whoever it is for', async () => {
    start({ silence: { startMs: 30_000, answerMs: 400 } });
    const heard: number[] = [];
    const long = thread.ask({ words: 8, everyMs: 100 }, (word) => heard.push(word));
    assert.equal(await long, 'all said');
    assert.deepEqual(heard, [1, 2, 3, 4, 5, 6, 7, 8]);
    // Others' answers are words too: this one alone would be late.
    const late = thread.ask({ words: 1, everyMs: 700 });
    for (let n = 0; n < 7; n += 1) await thread.ask({ words: 0, everyMs: 0 }).then(() => pause(100));
    assert.equal(await late, 'all said');
  });

  it('is ended when it stands, with all that waits behind it, and not while nobody waits', async () => {
    start({ silence: { startMs: 30_000, answerMs: 100 } });
    const first = await thread.ask({ thread: true });
    await pause(150);
    assert.equal(await thread.ask({ thread: true }), first);
    const asked = [thread.ask({ standMs: 20_000 }), thread.ask({ say: 'behind' })].map(failure);
    assert.deepEqual(
      (await Promise.all(asked)).map(({ code }) => code),
      ['thread_silent', 'thread_silent'],
    );
    assert.notEqual(await thread.ask({ thread: true }), first);
  });

  it('is closed at once, or after what was asked before', async () => {
    start();
    await thread.ask({ say: 'here' });
    const broken = failure(thread.ask({ words: 100, everyMs: 1000 }));
    await thread.close();
    assert.equal((await broken).code, 'thread_closed');
    assert.equal((await failure(thread.ask({ say: 'again' }))).code, 'thread_closed');
    start();
    const done = thread.ask({ standMs: 50 });
    await thread.close({ say: 'the last' });
    assert.equal(await done, 'timed-out');
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
