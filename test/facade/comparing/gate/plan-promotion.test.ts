import assert from 'node:assert/strict';
import type { GateVerdict } from '../../../../src/facade/comparing/gate/gate-verdict.js';
import { type PromotionSources, planPromotion } from '../../../../src/facade/comparing/gate/plan-promotion.js';
import type { Evidence } from '../../../../src/facade/comparing/store/evidence.js';
import type { TableSnapshot } from '../../../../src/facade/table/table-snapshot.js';
import { eventRow } from '../../../kit/flask-socketio-facade.js';
import { routeRow } from '../../../kit/route-row.js';

const matches = [{ methods: ['GET'], rule: '/a' }];
const rows = ['first', 'second'].map((id) => routeRow({ id, group: 'pair', stage: 'shadow', matches }));
const TABLE = {
  version: 1,
  routes: [...rows, routeRow({ id: 'read', group: 'mixed', stage: 'verify', matches })],
  defaultRow: routeRow({ id: 'default' }),
  groups: new Map([
    ['pair', {}],
    ['mixed', {}],
  ]),
  sockets: {
    events: new Map([
      ['alone', eventRow('alone', { stage: 'canary' })],
      ['new', eventRow('new', { stage: 'legacy' })],
      ['member', eventRow('member', { group: 'mixed', stage: 'engine' })],
    ]),
  },
  background: [],
} as unknown as TableSnapshot;

function sources(known: readonly string[], lacking: readonly string[] = []): PromotionSources {
  return {
    table: TABLE,
    evidenceOf: async (id) => (known.includes(id) ? ({ row: id } as Evidence) : undefined),
    judge: ({ id }): GateVerdict => {
      const missing = lacking.includes(id) ? ['too few'] : [];
      return { row: id, next: 'canary', ready: missing.length === 0, checks: [], missing, notes: [] };
    },
  };
}

describe('a promotion', () => {
  it('needs each row of a group', async () => {
    const plan = await planPromotion('pair', sources(['first', 'second']));
    assert.deepEqual([plan?.ready, plan?.to, plan?.missing], [true, 'canary', []]);
    const lacking = await planPromotion('pair', sources(['first', 'second'], ['second']));
    assert.deepEqual([lacking?.ready, lacking?.missing], [false, ['second: too few']]);
  });

  it('of an event goes by its evidence, past verify', async () => {
    const plan = await planPromotion('event:alone', sources(['event:alone'], ['event:alone']));
    assert.deepEqual([plan?.from, plan?.to, plan?.ready], ['canary', 'engine', false]);
    assert.deepEqual(plan?.missing, ['event:alone: too few']);
    assert.equal((await planPromotion('event:alone', sources(['event:alone'])))?.ready, true);
  });

  it('of an event begins with shadow', async () => {
    const plan = await planPromotion('event:new', sources(['event:new']));
    assert.deepEqual([plan?.to, plan?.ready], ['shadow', true]);
    assert.equal(await planPromotion('event:none', sources([])), undefined);
  });

  it('of a group at verify asks nothing of its events, which are the engine’s already', async () => {
    const plan = await planPromotion('mixed', sources(['read'], ['event:member']));
    assert.deepEqual([plan?.to, plan?.missing], ['engine', []]);
  });

  it('is not ready while nothing is known of one of its rows', async () => {
    const plan = await planPromotion('pair', sources(['first']));
    assert.equal(plan?.ready, false);
    assert.match(plan.missing.join(), /^second: there is no evidence/);
  });
});
