import assert from 'node:assert/strict';
import { comparedSide, nextStage } from '../../../src/facade/comparing/gate/next-stage.js';
import { asComparedRow, comparedRow, comparedRows } from '../../../src/facade/table/compared-rows.js';
import { eventRow } from '../../kit/flask-socketio-facade.js';
import { routeRow } from '../../kit/route-row.js';

const TABLE = {
  routes: [routeRow({ id: 'a' })],
  sockets: { stage: 'split', events: new Map([['echo', eventRow('echo', { stage: 'shadow', sample: 5 })]]) },
  defaultRow: routeRow({ id: 'default' }),
} as const;

describe('rows that are compared', () => {
  it('are those of routes and events, the default row last', () => {
    assert.deepEqual(
      comparedRows(TABLE).map(({ id }) => id),
      ['a', 'event:echo', 'default'],
    );
  });

  it('are found by id, or not at all', () => {
    assert.equal(comparedRow(TABLE, 'event:echo')?.sample, 5);
    assert.equal(comparedRow(TABLE, 'default'), TABLE.defaultRow);
    assert.equal(comparedRow(TABLE, 'event:other'), undefined);
  });

  it('of events pass over verify, and are not compared where the engine answers', () => {
    const at = (stage: 'legacy' | 'shadow' | 'canary' | 'engine') => asComparedRow(eventRow('echo', { stage }));
    assert.deepEqual(
      [nextStage(at('legacy')), nextStage(at('canary')), nextStage(at('engine'))],
      ['shadow', 'engine', 'retired'],
    );
    assert.deepEqual([comparedSide(at('canary')), comparedSide(at('engine'))], ['legacy', 'legacy']);
  });
});
