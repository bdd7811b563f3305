import assert from 'node:assert/strict';
import { DEFAULT_COMPARE_RULES } from '../../../src/facade/comparing/rules/compare-rules.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import { GATE_DEFAULTS } from '../../../src/facade/table/gate-config.js';
import { GUARD_DEFAULTS } from '../../../src/facade/table/guard-config.js';
import { formatProblem } from '../../../src/facade/table/table-error.js';
import type { RouteRow } from '../../../src/facade/table/table-snapshot.js';

function checked(text: string) {
  return checkTable({ file: 't.yaml', text: `version: 1\n${text}\n`, version: 1 });
}

function firstRow(text: string): RouteRow {
  const check = checked(text);
  assert.ok(check.ok, check.ok ? '' : check.problems.map(formatProblem).join('\n'));
  const row = check.table.snapshot.routes[0];
  assert.ok(row);
  return row;
}

function problems(text: string): string[] {
  const check = checked(text);
  return check.ok ? [] : check.problems.map(formatProblem);
}

const row = (fields: string): string => `routes:\n  - { id: a, match: GET /a, stage: shadow, ${fields} }`;

describe('what a table says about comparing', () => {
  it('is the default where nothing is said', () => {
    const { sample, compare, askLegacyAgain, gate, guard } = firstRow(
      'routes: [{ id: a, match: GET /a, stage: shadow }]',
    );
    assert.deepEqual(
      { sample, compare, askLegacyAgain, gate, guard },
      {
        sample: 100,
        compare: DEFAULT_COMPARE_RULES,
        askLegacyAgain: true,
        gate: GATE_DEFAULTS,
        guard: GUARD_DEFAULTS,
      },
    );
  });

  it('is read with its units', () => {
    const read = firstRow(
      row(`sample: 12.5%,
      compare: { unordered: [body.network], headers: [ETag], exactTimestamps: [body.expires_at], tolerance: 2s, clockSkew: 1m, askLegacyAgain: false },
      gate: { mismatchRate: 0.1%, minimum: 50, perStatus: 5, served: 9, latencyRatio: 2, inconclusiveShare: 30%, engineFailures: 2%, noiseShare: 5% },
      guard: { errorRate: 2%, timeoutRate: 1%, mismatchRate: 3%, window: 90s, minRequests: 7, holdDown: 1h }`),
    );
    assert.equal(read.sample, 12.5);
    assert.deepEqual(read.compare, {
      ignore: [],
      unordered: ['body.network'],
      headers: ['etag'],
      exactTimestamps: ['body.expires_at'],
      toleranceMs: 2000,
      clockSkewMs: 60_000,
    });
    assert.equal(read.askLegacyAgain, false);
    assert.deepEqual(read.gate, {
      mismatchRate: 0.001,
      minimum: 50,
      perStatus: 5,
      served: 9,
      latencyRatio: 2,
      inconclusiveShare: 0.3,
      engineFailures: 0.02,
      noiseShare: 0.05,
    });
    assert.deepEqual(read.guard, {
      on: true,
      errorRate: 0.02,
      timeoutRate: 0.01,
      mismatchRate: 0.03,
      windowMs: 90_000,
      minRequests: 7,
      holdDownMs: 3_600_000,
    });
  });

  it('takes an ignore rule as a bare path, which nobody owns, or with reason, owner and end', () => {
    const { compare } = firstRow(
      row(
        'compare: { ignore: [body.seen, { path: "rows.devices[*].at", why: clocks, owner: kim, expires: 2027-01-31 }] }',
      ),
    );
    assert.deepEqual(compare.ignore, [
      { path: 'body.seen', why: undefined, owner: undefined, expires: undefined },
      { path: 'rows.devices[*].at', why: 'clocks', owner: 'kim', expires: Date.UTC(2027, 0, 31) },
    ]);
  });

  it('adds up over row, group and defaults: the nearest value, all the rules', () => {
    const read =
      firstRow(`defaults: { sample: 10%, gate: { minimum: 1, perStatus: 2 }, compare: { ignore: [body.z], tolerance: 1s } }
groups: { g: { stage: shadow, gate: { perStatus: 3 }, compare: { ignore: [body.y], tolerance: 3s } } }
routes: [{ id: a, match: GET /a, group: g, compare: { ignore: [body.x] }, guard: off }]`);
    assert.equal(read.sample, 10);
    assert.deepEqual([read.gate.minimum, read.gate.perStatus], [1, 3]);
    assert.deepEqual(
      read.compare.ignore.map(({ path }) => path),
      ['body.x', 'body.y', 'body.z'],
    );
    assert.equal(read.compare.toleranceMs, 3000);
    assert.equal(read.guard.on, false);
  });

  it('is frozen', () => {
    const { compare, gate, guard } = firstRow(row('compare: { ignore: [body.x] }'));
    for (const value of [compare, compare.ignore, gate, guard]) assert.ok(Object.isFrozen(value));
  });

  const refused: [string, RegExp][] = [
    ['sample: 12', /routes\[0\].sample: expected a percentage such as 100% \(found 12\)/],
    ['sample: 101%', /sample: expected a percentage/],
    ['sample: 1.234%', /with at most 2 decimals/],
    ['compare: { ignore: [bdy.x] }', /compare.ignore\[0\]: expected a path pattern such as/],
    ['compare: { ignore: [{ why: x }] }', /compare.ignore\[0\].path: expected a path pattern/],
    ['compare: { ignore: [{ path: body.x, expires: 2027-02-30 }] }', /expires: expected a date such as/],
    ['compare: { ignroe: [] }', /compare.ignroe: expected one of .*\(did you mean ignore\?\)/],
    ['compare: { headers: ["a b"] }', /headers\[0\]: expected the name of a header/],
    ['compare: { tolerance: 5 }', /tolerance: expected a duration such as 250ms/],
    ['compare: { askLegacyAgain: no }', /askLegacyAgain: expected true or false/],
    ['gate: { minimum: 0 }', /gate.minimum: expected a whole number, 1 or more/],
    ['gate: { latencyRatio: 0 }', /latencyRatio: expected a number above 0/],
    ['guard: { window: 60 }', /guard.window: expected a duration/],
    ['guard: { window: 9999999d }', /guard.window: expected a duration/],
    ['guard: { window: 0ms }', /guard.window: expected 1s or more \(found "0ms"\)/],
    ['guard: on', /guard: expected a map/],
  ];
  for (const [fields, expected] of refused)
    it(`refuses ${fields}`, () => {
      const found = problems(row(fields));
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', expected);
    });
});
