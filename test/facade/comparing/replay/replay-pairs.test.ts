import assert from 'node:assert/strict';
import { type ReplayParts, replayPairs } from '../../../../src/facade/comparing/replay/replay-pairs.js';
import type { EngineRun } from '../../../../src/facade/comparing/replay/run-at-engine.js';
import type { KeptPair, StoredPair } from '../../../../src/facade/comparing/store/kept-pair.js';
import { compare } from '../../../kit/comparison-input.js';
import { routeRow } from '../../../kit/route-row.js';
import { wordRedactor } from '../store/store-fixture.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const json = (value: object) => ({ form: 'json' as const, text: JSON.stringify(value), size: 1, cut: false });
const answered = (value: object) => ({
  outcome: 'answered' as const,
  answer: { status: 200, headers: [['content-type', 'application/json'] as const], body: json(value) },
  ms: 1,
});

/** Of a row whose engine said `b` where the legacy said `a`. */
function stored(id: number): StoredPair {
  const difference = { kind: 'value', path: 'body.name', legacy: '"a"', engine: '"b"' } as const;
  const pair: KeptPair = {
    request: {
      ...{ requestId: `r${id}`, at: NOW, rowId: 'row', tableVersion: 1, method: 'GET', target: `/row/${id}` },
      ...{ headers: [], body: { form: 'empty', text: '', size: 0, cut: false }, caller: 'anonymous' },
    },
    ...{ stage: 'shadow', kind: 'read', answeredBy: 'legacy', effects: null, identity: null, notReplayable: null },
    ...{ legacy: answered({ name: 'a' }), engine: answered({ name: 'b' }), leftOut: [] },
    result: {
      ...{ verdict: 'mismatch', reason: undefined, differences: [difference], passed: [], notSeen: [], used: [] },
      ...{ untold: { differences: 0, passed: 0 }, expiredRules: [] },
    },
  };
  const summary = { id, row: 'row', at: '2026-01-01T00:00:00.000Z', verdict: 'mismatch', method: 'GET' } as const;
  return { ...summary, target: `/row/${id}`, status: 200, differences: [difference], pair };
}

describe('replayPairs', () => {
  const says = (name: string): Awaited<ReturnType<EngineRun>> => ({
    outcome: 'run',
    answer: {
      status: 200,
      headers: [['content-type', 'application/json']],
      body: Buffer.from(JSON.stringify({ name })),
    },
    ...{ effects: { rows: [], events: [], calls: [] }, notSeen: [], ms: 1 },
  });
  const replayed = (ids: readonly number[], run: EngineRun, over: Partial<ReplayParts> = {}, mostMs?: number) => {
    const left = new AbortController();
    const parts: ReplayParts = {
      run: (request, signal) => run(request, signal),
      credentials: async () => ({ problem: 'none is needed' }),
      comparer: { compare: (input) => compare(input) },
      redactor: wordRedactor('secret'),
      rowOf: (id) => routeRow({ id }),
      pairOf: async (id) => stored(id),
      now: () => NOW,
      ...over,
    };
    return { left, report: replayPairs(ids.map(stored), parts, left.signal, mostMs) };
  };

  it('reads each pair when its turn comes, and says what came of it', async () => {
    const order: string[] = [];
    const { report } = replayed(
      [1, 2, 3],
      async ({ target }) => {
        order.push(target);
        return says(target === '/row/2' ? 'b' : 'a');
      },
      {
        pairOf: async (id) => {
          order.push(`pair ${id}`);
          return id === 3 ? undefined : stored(id);
        },
      },
    );
    const { counts, replayed: told, notRun } = await report;
    assert.deepEqual(
      told.map(({ id, outcome }) => [id, outcome]),
      [
        [1, 'gone'],
        [2, 'still'],
        [3, 'not_replayable'],
      ],
    );
    assert.deepEqual(counts, { gone: 1, still: 1, elsewhere: 0, not_replayable: 1, untellable: 0, no_answer: 0 });
    assert.deepEqual([notRun, order], [0, ['pair 1', '/row/1', 'pair 2', '/row/2', 'pair 3']]);
  });

  /** An engine that answers the first only; the others hang until they are given up. */
  const hanging: EngineRun = ({ target }, signal) =>
    target === '/row/1'
      ? Promise.resolve(says('a'))
      : new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ outcome: 'no-answer', why: 'given up' }));
        });

  it('ends in the middle of a run when its caller leaves', async () => {
    let asked = 0;
    const { left, report } = replayed([1, 2, 3], (request, signal) => {
      asked += 1;
      if (asked === 2) setImmediate(() => left.abort());
      return hanging(request, signal);
    });
    const { replayed: told, notRun } = await report;
    assert.deepEqual([told.map(({ id }) => id), notRun, asked], [[1], 2, 2]);
  });

  it('ends after its time, and tells how many it did not run', async () => {
    const { replayed: told, notRun } = await replayed([1, 2, 3], hanging, {}, 20).report;
    assert.deepEqual([told.map(({ outcome }) => outcome), notRun], [['gone'], 2]);
  });
});
