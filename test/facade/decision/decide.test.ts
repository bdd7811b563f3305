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

  it('refuses stages that this release does not have, as a fault of our own', () => {
    assert.throws(() => ask({ stage: 'shadow' }), TypeError);
    assert.throws(() => ask({ stage: 'verify' }), TypeError);
  });
});
