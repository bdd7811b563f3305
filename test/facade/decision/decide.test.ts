import assert from 'node:assert/strict';
import { decide } from '../../../src/facade/decision/decide.js';
import type { RouteRow, TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import { routeRow } from '../../kit/route-row.js';

const snapshot = { version: 7 } as TableSnapshot;
const request = { method: 'GET', path: '/health', headers: {}, address: '192.0.2.1' };
const ask = (more: Partial<RouteRow>) => decide(snapshot, routeRow(more), 'matched', request);

describe('decide', () => {
  const cases: [Partial<RouteRow>, 'legacy' | 'engine', boolean][] = [
    [{ stage: 'legacy' }, 'legacy', false],
    [{ stage: 'canary', canary: { percent: 0, by: 'address' } }, 'legacy', false],
    [{ stage: 'canary', canary: { percent: 100, by: 'address' } }, 'engine', true],
    [{ stage: 'shadow' }, 'legacy', false],
    [{ stage: 'verify' }, 'engine', true],
    [{ stage: 'verify', fallback: 'none' }, 'engine', false],
    [{ stage: 'engine' }, 'engine', true],
    [{ stage: 'engine', fallback: 'none' }, 'engine', false],
    [{ stage: 'retired', fallback: 'none' }, 'engine', false],
    [{ stage: 'retired', fallback: 'legacy' }, 'engine', false],
  ];
  for (const [more, side, mayFallBack] of cases) {
    it(`${JSON.stringify(more)}: ${side}, ${mayFallBack ? 'with' : 'without'} fallback`, () => {
      const decision = ask(more);
      assert.equal(decision.side, side);
      assert.equal(decision.mayFallBack, mayFallBack);
      assert.equal(decision.tableVersion, 7);
      assert.match(decision.reason, /row health; at stage/);
    });
  }

  it('explains a canary with bucket, percentage and key', () => {
    const { reason } = ask({ stage: 'canary', canary: { percent: 12.5, by: 'guid' } });
    assert.match(
      reason,
      /12\.5 % of clients by address, since the request carries no guid; this client has bucket \d+ of 10000/,
    );
  });

  it('names the group of a row', () => {
    assert.match(ask({ group: 'enrollment' }).reason, /row health of group enrollment/);
  });

  const copies: [Partial<RouteRow>, string, object | undefined, RegExp][] = [
    [{ stage: 'legacy' }, 'GET', undefined, /legacy answers$/],
    [{ stage: 'retired' }, 'GET', undefined, /only the engine answers$/],
    [{ stage: 'shadow' }, 'GET', { to: 'engine', kind: 'read', percent: 100, wayBack: false }, /engine gets a copy/],
    [{ stage: 'shadow' }, 'OPTIONS', { to: 'engine', kind: 'read', percent: 100, wayBack: false }, /gets a copy/],
    [{ stage: 'shadow' }, 'HEAD', { to: 'engine', kind: 'read', percent: 100, wayBack: false }, /gets a copy/],
    [
      { stage: 'shadow', sample: 5 },
      'PUT',
      { to: 'engine', kind: 'write', percent: 5, wayBack: false },
      /of 5 % .*dry-runs/,
    ],
    [{ stage: 'shadow', sample: 0 }, 'GET', undefined, /samples 0 %/],
    [
      { stage: 'canary', canary: { percent: 0, by: 'address' } },
      'POST',
      { to: 'engine', kind: 'write', percent: 100, wayBack: false },
      /dry-runs it first/,
    ],
    [{ stage: 'canary', canary: { percent: 100, by: 'address' } }, 'GET', undefined, /is inside$/],
    [{ stage: 'verify' }, 'GET', { to: 'legacy', kind: 'read', percent: 100, wayBack: false }, /legacy gets a copy/],
    [{ stage: 'verify' }, 'HEAD', { to: 'legacy', kind: 'read', percent: 100, wayBack: false }, /legacy gets a copy/],
    [{ stage: 'verify' }, 'POST', undefined, /only GET and HEAD/],
    [{ stage: 'verify' }, 'OPTIONS', undefined, /only GET and HEAD/],
    [{ stage: 'verify', askLegacyAgain: false }, 'GET', undefined, /must not be asked again/],
    [
      { stage: 'engine' },
      'GET',
      { to: 'legacy', kind: 'read', percent: 100, wayBack: true },
      /of 100 % of requests the legacy gets a copy to be compared, thinned to shadow\.wayBackPercent$/,
    ],
    [{ stage: 'engine' }, 'DELETE', undefined, /only GET and HEAD/],
  ];
  for (const [more, method, copy, told] of copies) {
    it(`${JSON.stringify(more)}, ${method}: ${copy === undefined ? 'no copy' : JSON.stringify(copy)}`, () => {
      const decision = decide(snapshot, routeRow(more), 'matched', { ...request, method });
      assert.deepEqual(decision.copy, copy);
      assert.match(decision.reason, told);
    });
  }
});
