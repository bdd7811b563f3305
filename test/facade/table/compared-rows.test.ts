import assert from 'node:assert/strict';
import { comparedSide, nextStage } from '../../../src/facade/comparing/gate/next-stage.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import {
  asComparedRow,
  asComparedScheduler,
  comparedRow,
  comparedRows,
} from '../../../src/facade/table/compared-rows.js';
import { schedulerOf } from '../../../src/facade/table/scheduler-row.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import { eventRow } from '../../kit/flask-socketio-facade.js';
import { routeRow } from '../../kit/route-row.js';

const { background } = tableOf('{ owner: legacy, sample: 25% }');

const TABLE = {
  routes: [routeRow({ id: 'a' })],
  sockets: {
    stage: 'split',
    relay: true,
    events: new Map([['echo', eventRow('echo', { stage: 'shadow', sample: 5 })]]),
  },
  defaultRow: routeRow({ id: 'default' }),
  background,
} as const;

function tableOf(scheduler: string): TableSnapshot {
  const check = checkTable({
    file: 't.yaml',
    text: `version: 1\nbackground: { scheduler: ${scheduler} }\n`,
    version: 1,
  });
  assert.ok(check.ok);
  return check.table.snapshot;
}

describe('rows that are compared', () => {
  it('are those of routes, events and the scheduler, the default row last', () => {
    assert.deepEqual(
      comparedRows(TABLE).map(({ id }) => id),
      ['a', 'event:echo', 'background:scheduler', 'default'],
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

  it('of the scheduler goes from side to side, and is compared while the legacy has it', () => {
    const legacy = comparedRow(TABLE, 'background:scheduler');
    assert.ok(legacy);
    assert.deepEqual(
      [legacy.stage, legacy.sample, nextStage(legacy), comparedSide(legacy)],
      ['shadow', 25, 'engine', 'legacy'],
    );
    assert.deepEqual([legacy.gate.minimum, legacy.gate.mismatchRate], [100, 0.05]);
    const engine = asComparedScheduler({ ...schedulerOf(TABLE), owner: 'engine' });
    assert.deepEqual([engine.stage, nextStage(engine)], ['engine', undefined]);
    assert.equal(asComparedScheduler(schedulerOf(tableOf('{ owner: legacy, gate: { minimum: 7 } }'))).gate.minimum, 7);
  });
});
