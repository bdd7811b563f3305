import assert from 'node:assert/strict';
import type { GateCheckName } from '../../../../src/facade/comparing/gate/gate-verdict.js';
import { type GateInput, judgeRow, percent } from '../../../../src/facade/comparing/gate/judge-row.js';
import { comparedSide, nextStage } from '../../../../src/facade/comparing/gate/next-stage.js';
import type { Evidence } from '../../../../src/facade/comparing/store/evidence.js';
import { GATE_DEFAULTS } from '../../../../src/facade/table/gate-config.js';
import { STAGES } from '../../../../src/facade/table/stage.js';
import { routeRow } from '../../../kit/route-row.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const cell = <T extends string>(value: T, compared: number, seen = compared) => ({
  value,
  compared,
  mismatches: 0,
  seen,
});

/** Of a row for which everything holds. */
const GOOD: Evidence = {
  row: 'devices',
  period: undefined,
  counts: { match: 1000, ignored: 0, mismatch: 0, inconclusive: 0 },
  inconclusive: [],
  noisy: 0,
  unseen: [],
  statuses: [cell('2xx', 900), cell('4xx', 100)],
  callers: [cell('operator', 1000)],
  shapes: [],
  mismatches: [],
  mismatchesByKind: {},
  latency: { legacy: { count: 1000, p50: 10, p99: 50 }, engine: { count: 1000, p50: 5, p99: 60 } },
  passed: [],
  drops: [],
  earlier: [],
};
const RULE = { path: 'body.a', why: 'a clock', owner: 'ann', expires: NOW + 1 };

function judge(evidence: Partial<Evidence> = {}, more: Partial<GateInput> = {}) {
  return judgeRow({
    ...{ row: 'devices', stage: 'shadow', next: 'canary', gate: GATE_DEFAULTS, ignore: [], now: NOW },
    ...more,
    evidence: { ...GOOD, ...evidence },
  });
}

describe('the gate', () => {
  it('lets a row pass for which everything holds', () => {
    const { ready, missing, checks } = judge({}, { ignore: [RULE] });
    assert.deepEqual([ready, missing], [true, []]);
    assert.equal(checks.length, 9);
  });

  it('never writes a bound that misses its limit as if it met it', () => {
    for (const match of [360, 365, 367, 370, 374, 375]) {
      const { missing } = judge({ counts: { ...GOOD.counts, match } }, { gate: { ...GATE_DEFAULTS, minimum: 1 } });
      const [, bound] = /at most ([\d.]+) % .*, must be below 1 %$/.exec(missing.join()) ?? [];
      assert.ok(Number(bound) > 1, `${match}: ${missing.join()}`);
    }
  });

  it('asks from canary on that the engine has answered clients there', () => {
    const served = (stage: GateInput['stage'], count?: number) =>
      judge({}, { stage, next: 'verify', served: count }).missing;
    assert.deepEqual(served('canary', 19), [
      'the engine has answered 19 requests at canary since the row came there or the facade started, must be 20',
    ]);
    for (const stage of ['canary', 'verify', 'engine'] as const) {
      assert.deepEqual(served(stage, 20), []);
      assert.equal(served(stage, 0).length, 1);
      assert.deepEqual(served(stage), [], 'nobody counts them');
    }
    assert.deepEqual(served('shadow', 0), []);
  });

  it('holds a row that the guard moved back for as long as the same engine runs', () => {
    const period = (build: string, startedAt: string) => ({
      ...{ id: 1, row: 'devices', answeredBy: 'legacy' as const, rules: 'r', build, lastAt: startedAt },
      startedAt,
    });
    const ended = (build: string, startedAt: string) => ({ ...period(build, startedAt), counts: GOOD.counts });
    const movedBack = { movedAt: Date.parse('2026-01-01T12:00:00Z'), evidence: '9 of 20 failed' };
    const missing = (now: string, since: string, earlier: Evidence['earlier'] = []) =>
      judge({ period: period(now, since), earlier }, { movedBack }).missing;
    const why =
      'the guard moved it back at 2026-01-01T12:00:00.000Z (9 of 20 failed), and it is the same engine still: mend it, or flip the row by hand';
    assert.deepEqual(missing('a', '2026-01-01T11:00:00Z'), [why]);
    // It came back to another stage, where evidence began anew.
    assert.deepEqual(missing('a', '2026-01-01T13:00:00Z', [ended('a', '2026-01-01T10:00:00Z')]), [why]);
    assert.deepEqual(missing('b', '2026-01-01T13:00:00Z', [ended('a', '2026-01-01T10:00:00Z')]), []);
    assert.deepEqual(judge({ period: period('a', '2026-01-01T11:00:00Z') }).missing, []);
  });

  it('says what to ask for where nobody can show what is asked for', () => {
    const { missing } = judge({}, { gate: { ...GATE_DEFAULTS, mismatchRate: 0 } });
    assert.match(missing.join(), /must be below 0 %, which no number of comparisons shows: say 0\.1% or the like$/);
  });

  const refusals: [name: string, check: GateCheckName, evidence: Partial<Evidence>, more?: Partial<GateInput>][] = [
    ['too few comparisons', 'minimum', { counts: { ...GOOD.counts, match: 499 } }],
    [
      'comparisons that say nothing do not count',
      'minimum',
      { counts: { ...GOOD.counts, match: 499, inconclusive: 99 } },
    ],
    ['nothing compared', 'mismatch-rate', { counts: { ...GOOD.counts, match: 0 } }],
    ['as many mismatches as the limit', 'mismatch-rate', { counts: { ...GOOD.counts, match: 990, mismatch: 10 } }],
    ['a few mismatches among few', 'mismatch-rate', { counts: { ...GOOD.counts, match: 998, mismatch: 5 } }],
    ['a status that was seen and not compared', 'statuses', { statuses: [cell('2xx', 1000), cell('4xx', 0, 3)] }],
    ['a status that was compared too seldom', 'statuses', { statuses: [cell('2xx', 1000), cell('3xx', 19)] }],
    ['a caller that was seen and not compared', 'callers', { callers: [cell('operator', 9), cell('device', 0, 1)] }],
    ['a slow engine', 'latency', { latency: { ...GOOD.latency, engine: { count: 9, p50: 5, p99: 76 } } }],
    ['no latency', 'latency', { latency: { ...GOOD.latency, engine: { count: 0, p50: null, p99: null } } }],
    [
      'too many that say nothing',
      'inconclusive',
      {
        counts: { ...GOOD.counts, inconclusive: 251 },
        inconclusive: [{ reason: 'effects_unseen', count: 251 }],
      },
    ],
    ['an engine that is given up too often', 'engine-failures', { drops: [{ reason: 'engine_timeout', count: 11 }] }],
    ...['engine_not_served', 'engine_not_dry_runnable', 'engine_no_dry_run'].map(
      (reason): [string, GateCheckName, Partial<Evidence>] => [
        `requests that could never be compared: ${reason}`,
        'engine-failures',
        { drops: [{ reason, count: 11 }] },
      ],
    ),
    [
      'reads that agree beside writes that can not be dry-run',
      'engine-failures',
      {
        counts: { ...GOOD.counts, inconclusive: 1 },
        inconclusive: [{ reason: 'not_dry_runnable', count: 1 }],
        drops: [{ reason: 'engine_not_dry_runnable', count: 100 }],
      },
    ],
    [
      'an engine that fails in several ways',
      'engine-failures',
      {
        counts: { ...GOOD.counts, inconclusive: 3 },
        inconclusive: [{ reason: 'engine_unsure', count: 3 }],
        drops: ['engine_unreachable', 'engine_breaker', 'engine_busy'].map((reason) => ({ reason, count: 3 })),
      },
    ],
    [
      'matches that are none but for noise',
      'noise',
      { counts: { ...GOOD.counts, match: 899, ignored: 101 }, noisy: 101 },
    ],
    ['a rule that nobody owns', 'ignore-rules', {}, { ignore: [{ ...RULE, owner: undefined }] }],
    ['a rule without a reason', 'ignore-rules', {}, { ignore: [{ ...RULE, why: undefined }] }],
    ['a rule that never expires', 'ignore-rules', {}, { ignore: [{ ...RULE, expires: undefined }] }],
    ['a rule that has expired', 'ignore-rules', {}, { ignore: [{ ...RULE, expires: NOW }] }],
  ];
  for (const [name, check, evidence, more] of refusals)
    it(`refuses ${name}, and says so`, () => {
      const { ready, missing, checks } = judge(evidence, more);
      assert.equal(ready, false);
      const failed = checks.filter(({ ok }) => !ok);
      assert.ok(failed.some((one) => one.name === check));
      assert.deepEqual(
        missing,
        failed.map(({ text }) => text),
      );
    });

  it('does not wait for a fault of the legacy to come again, and tells of it', () => {
    const { ready, notes } = judge({ statuses: [...GOOD.statuses, cell('5xx', 0, 4)] });
    assert.equal(ready, true);
    assert.match(notes.join(), /4 answers of class 5xx were seen and not compared/);
  });

  it('calls no engine slow that answers within 5 ms', () => {
    const latency = { legacy: { count: 9, p50: 0.2, p99: 0.4 }, engine: { count: 9, p50: 1, p99: 4.9 } };
    assert.equal(judge({ latency }).ready, true);
  });

  it('lets no number of disturbed comparisons hold a row up, and tells their share', () => {
    const counts = { ...GOOD.counts, inconclusive: 3000 };
    const { ready, notes } = judge({ counts, inconclusive: [{ reason: 'disturbed', count: 3000 }] });
    assert.equal(ready, true);
    assert.match(notes.join(), /75 % of comparisons \(3000\) were disturbed/);
  });

  it('tells what was not looked at, and that nobody knows whose evidence it is', () => {
    const period = { ...{ id: 1, row: 'devices', answeredBy: 'engine', rules: '', build: 'unknown' }, startedAt: '' };
    const unseen = [{ what: 'events of the legacy', count: 12 }];
    const { notes } = judge({ period: { ...period, answeredBy: 'engine', lastAt: '' }, unseen });
    assert.match(notes.join('\n'), /12 comparisons: events of the legacy\nnobody knows which build/);
  });

  it('tells of drops and of what was passed over', () => {
    const passed = [{ by: 'rule', rule: 'body.a', count: 7, lastAt: '' }] as const;
    const { notes, ready } = judge({ drops: [{ reason: 'queue_full', count: 3 }], passed });
    assert.equal(ready, true);
    assert.match(notes.join('\n'), /3 requests .* not: queue_full 3\n7 differences were passed over/);
  });

  it('asks nothing of a row that is still at legacy, and lets none beyond retired', () => {
    assert.deepEqual(judge({ counts: { ...GOOD.counts, match: 0 } }, { stage: 'legacy', next: 'shadow' }).ready, true);
    assert.equal(judge({}, { stage: 'retired', next: undefined }).ready, false);
  });

  it('writes shares with two digits that count', () => {
    assert.deepEqual([0, 0.5, 0.01234, 0.000012345].map(percent), ['0 %', '50 %', '1.2 %', '0.0012 %']);
  });
});

describe('the way of a row', () => {
  const way = (more: Parameters<typeof routeRow>[0]) => STAGES.map((stage) => nextStage(routeRow({ ...more, stage })));
  const reads = [{ methods: ['GET'], rule: '/a' }];
  const writes = [{ methods: ['POST'], rule: '/a' }];

  it('leads through every stage where reads are compared', () =>
    assert.deepEqual(way({ matches: reads }), ['shadow', 'canary', 'verify', 'engine', 'retired', undefined]));

  it('passes over verify where nothing would be compared', () => {
    const short = ['shadow', 'canary', 'engine', 'engine', 'retired', undefined];
    assert.deepEqual(way({ matches: writes }), short);
    assert.deepEqual(way({ matches: reads, askLegacyAgain: false }), short);
  });

  it('goes by the side that answers', () => {
    const sides = (more: Parameters<typeof routeRow>[0]) =>
      STAGES.map((stage) => comparedSide(routeRow({ ...more, stage })));
    const read = [undefined, 'legacy', 'legacy', 'engine', 'engine', undefined];
    assert.deepEqual(sides({ matches: reads }), read);
    assert.deepEqual(sides({ matches: writes }), [undefined, 'legacy', 'legacy', 'legacy', 'legacy', undefined]);
  });
});
