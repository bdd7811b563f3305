import assert from 'node:assert/strict';
import type { GateVerdict } from '../../../../src/facade/comparing/gate/gate-verdict.js';
import { type PromotionSources, planPromotion } from '../../../../src/facade/comparing/gate/plan-promotion.js';
import type { Evidence } from '../../../../src/facade/comparing/store/evidence.js';
import type { TableSnapshot } from '../../../../src/facade/table/table-snapshot.js';
import { routeRow } from '../../../kit/route-row.js';

const matches = [{ methods: ['GET'], rule: '/a' }];
const rows = ['first', 'second'].map((id) => routeRow({ id, group: 'pair', stage: 'shadow', matches }));
const TABLE = {
  version: 1,
  routes: rows,
  defaultRow: routeRow({ id: 'default' }),
  groups: new Map([['pair', {}]]),
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

  it('is not ready while nothing is known of one of its rows', async () => {
    const plan = await planPromotion('pair', sources(['first']));
    assert.equal(plan?.ready, false);
    assert.match(plan.missing.join(), /^second: there is no evidence/);
  });
});
