import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { compareAside, learnAside } from '../../../src/facade/comparing/compare-aside.js';
import type { Answered } from '../../../src/facade/comparing/comparer.js';
import type { ComparisonInput } from '../../../src/facade/comparing/comparison.js';
import { createComparer } from '../../../src/facade/comparing/create-comparer.js';
import { KeptNoise } from '../../../src/facade/comparing/noise/kept-noise.js';
import { createRedactor } from '../../../src/facade/comparing/redaction/create-redactor.js';
import { pairDocument } from '../../../src/facade/comparing/store/pair-document.js';
import { ComparingThread } from '../../../src/facade/comparing/thread/comparing-thread.js';
import { routeRow } from '../../kit/route-row.js';
import { silentLog } from '../../kit/silent-log.js';

const REDACTION = {
  key: Buffer.alloc(32, 1),
  patterns: [{ kind: 'configured', pattern: /hush-\d+/g }],
};

describe('comparing aside', function () {
  this.timeout(20_000);
  let thread: ComparingThread;
  let asked: number;
  let saved: unknown;
  let noise: KeptNoise;
  const store = {
    loadNoise: async () => saved,
    saveNoise: async (state: unknown) => {
      saved = JSON.parse(JSON.stringify(state));
    },
  };
  const newNoise = () => new KeptNoise({ store, redactor: createRedactor(REDACTION), log: silentLog, now: Date.now });

  beforeEach(() => {
    saved = undefined;
    asked = 0;
    thread = new ComparingThread(REDACTION);
    noise = newNoise();
  });
  afterEach(async () => {
    await noise.close();
    await thread.close();
  });

  const parts = () => ({
    comparer: createComparer({ redactor: createRedactor(REDACTION), now: Date.now }),
    thread: {
      compare: (...question: Parameters<ComparingThread['compare']>) => {
        asked += 1;
        return thread.compare(...question);
      },
      selfDisagreement: (...question: Parameters<ComparingThread['selfDisagreement']>) => {
        asked += 1;
        return thread.selfDisagreement(...question);
      },
    },
    noise,
  });

  const answered = (value: unknown): Answered => ({
    outcome: 'answered',
    ms: 1,
    answer: { status: 200, headers: [['content-type', 'application/json']], body: Buffer.from(JSON.stringify(value)) },
  });
  const large = (seen: string) => ({ seen, filler: 'x'.repeat(20_000) });
  const input = (legacy: unknown, engine: unknown): ComparisonInput => ({
    request: {
      ...{ requestId: 'r', at: Date.now(), row: routeRow(), tableVersion: 1, method: 'GET', target: '/health' },
      ...{ headers: [], body: Buffer.alloc(0), caller: 'anonymous' },
    },
    kind: 'read',
    answeredBy: 'legacy',
    legacy: answered(legacy),
    engine: answered(engine),
    effects: undefined,
  });

  it('compares a small pair at once', () => {
    const result = compareAside(parts(), input({ seen: 'a' }, { seen: 'a' }));
    assert.ok(!(result instanceof Promise));
    assert.equal(result.verdict, 'match');
  });

  it('compares a large pair in a thread, with the same outcome', async () => {
    const aside = parts();
    const differing = input(large('hush-1'), large('b'));
    const result = await compareAside(aside, differing);
    assert.equal(asked, 1);
    const here = aside.comparer.compare(differing, differing.request.row.compare, noise.view('health'));
    assert.deepEqual(result, here);
    assert.equal(result.verdict, 'mismatch');
    assert.doesNotMatch(JSON.stringify(result), /hush-1/);
  });

  it('compares an encoded answer there too, since nobody knows how large it is', async () => {
    const packed = (value: unknown): Answered => {
      const body = gzipSync(JSON.stringify(value));
      return { outcome: 'answered', ms: 1, answer: { status: 200, headers: [['content-encoding', 'gzip']], body } };
    };
    const zeros = new Array(500_000).fill(0);
    const large = { ...input(1, 1), legacy: packed(zeros), engine: packed([...zeros, 1]) };
    assert.ok(large.legacy.answer.body.length < 2000);
    const result = await compareAside(parts(), large);
    assert.deepEqual([asked, result.verdict], [1, 'mismatch']);
    await learnAside(parts(), large.request, large.legacy, large.engine);
    assert.equal(asked, 2);
  });

  it('compares a small answer there too, when its request is large', async () => {
    const small = { ...input(1, 1), kind: 'write' as const };
    await compareAside(parts(), { ...small, request: { ...small.request, body: Buffer.alloc(20_000, 'a') } });
    assert.equal(asked, 0);
    await compareAside(parts(), { ...small, request: { ...small.request, body: Buffer.alloc(40_000, 'a') } });
    assert.equal(asked, 1);
  });

  it('compares a small answer there too, when its rows are large', async () => {
    const row = (text: string) =>
      ({ table: 't', rowId: 1, change: 'insert', before: undefined, after: { text } }) as const;
    const write = (text: string): ComparisonInput => ({
      ...input(1, 1),
      kind: 'write',
      effects: {
        legacy: {
          effects: { rows: [row(text)], events: [], calls: [] },
          ...{ disturbed: false, notSearched: [], eventsSeen: true },
        },
        engine: { rows: [row(text)], events: [], calls: [] },
      },
    });
    await compareAside(parts(), write('x'.repeat(20)));
    assert.equal(asked, 0);
    await compareAside(parts(), write('x'.repeat(20_000)));
    assert.equal(asked, 1);
  });

  it('makes what is kept of a pair there, as it would be made here', async () => {
    const pair = {
      ...input(large('hush-1'), { seen: 'b' }),
      request: { ...input(1, 1).request, body: Buffer.from('hush-2') },
    };
    const result = await compareAside(parts(), pair);
    const identity = { kind: 'operator', username: 'dana', role: 'Admin' } as const;
    const kept = await thread.document(pair, result, identity);
    assert.equal(kept, pairDocument(pair, result, identity, createRedactor(REDACTION)));
    assert.match(kept, /redacted:configured/);
    assert.doesNotMatch(kept, /hush-/);
  });

  it('learns from large pairs there, and passes over in the thread what is noise', async () => {
    const aside = parts();
    for (let nth = 0; nth < 5; nth += 1)
      await learnAside(aside, input(1, 1).request, answered(large(`v${nth}`)), answered(large(`w${nth}`)));
    assert.deepEqual(
      noise.noisyPaths('health').map(({ path }) => path),
      ['body.seen'],
    );
    const result = await compareAside(aside, input(large('x'), large('y')));
    assert.equal(result.verdict, 'ignored');
    assert.equal(asked, 6);
  });

  it('keeps no path that has a secret among its names', async () => {
    const says = (text: string) => answered({ seen: text, 'hush-1': text });
    for (let nth = 0; nth < 5; nth += 1)
      await learnAside(parts(), input(1, 1).request, says(`v${nth}`), says(`w${nth}`));
    assert.equal(noise.noisyPaths('health').length, 2);
    await noise.close();
    assert.match(JSON.stringify(saved), /body\.seen/);
    assert.doesNotMatch(JSON.stringify(saved), /hush/);
  });

  it('keeps what it learned over a restart', async () => {
    for (let nth = 0; nth < 5; nth += 1)
      await learnAside(parts(), input(1, 1).request, answered({ seen: `v${nth}` }), answered({ seen: `w${nth}` }));
    await noise.close();
    noise = newNoise();
    assert.deepEqual(noise.noisyPaths('health'), []);
    await noise.load();
    assert.equal(noise.noisyPaths('health').length, 1);
  });

  it('gives a pair up over which the thread stands still, and goes on with the next', async () => {
    await thread.close();
    // Tries every way to take a row of letters apart.
    thread = new ComparingThread({ ...REDACTION, patterns: [{ kind: 'endless', pattern: /^(?:a+)+$/g }] }, 2000);
    await compareAside(parts(), input(large('x'), large('y')));
    const endless = compareAside(parts(), input(large(`${'a'.repeat(40)}!`), large('b')));
    await assert.rejects(Promise.resolve(endless), { code: 'thread_silent' });
    assert.equal((await compareAside(parts(), input(large('x'), large('y')))).verdict, 'mismatch');
  });

  it('rejects what a closed thread did not come to, and what it is asked later', async () => {
    await compareAside(parts(), input(large('a'), large('b')));
    const ask = () => Promise.resolve(compareAside(parts(), input(large('a'), large('b'))));
    await Promise.all([assert.rejects(ask(), { code: 'thread_closed' }), thread.close()]);
    await assert.rejects(ask(), { code: 'thread_closed' });
  });
});
