import assert from 'node:assert/strict';
import { chooseRow } from '../../../src/facade/listener/choose-row.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import { buildUrlMap } from '../../../src/legacy-bridge/url-map/build-url-map.js';
import { routeRow } from '../../kit/route-row.js';

const row = (id: string) => routeRow({ id });
const [list, make, one] = [row('list'), row('make'), row('one')];
const snapshot: TableSnapshot = {
  version: 1,
  digest: '',
  profile: 'open',
  routes: [list, make, one],
  groups: new Map(),
  defaultRow: row('default'),
  sockets: { stage: 'legacy', relay: true, events: new Map() },
  background: [],
  urlMap: buildUrlMap([
    { methods: ['GET'], rule: '/things', endpoint: list },
    { methods: ['POST'], rule: '/things', endpoint: make },
    { methods: ['GET', 'PUT'], rule: '/things/:id', endpoint: one },
  ]),
};

describe('chooseRow', () => {
  for (const [method, path, id, choice] of [
    ['GET', '/things', 'list', 'matched'],
    ['HEAD', '/things', 'list', 'matched'],
    ['POST', '/things', 'make', 'matched'],
    ['PUT', '/things/5', 'one', 'matched'],
    ['DELETE', '/things/5', 'one', 'method-not-allowed'],
    ['DELETE', '/things', 'default', 'method-not-allowed'],
    ['GET', '/things//5', 'default', 'redirect'],
    ['GET', '/other', 'default', 'unmatched'],
  ] as const)
    it(`gives ${method} ${path} to ${id}: ${choice}`, () => {
      const chosen = chooseRow(snapshot, method, path);
      assert.deepEqual([chosen.row.id, chosen.choice], [id, choice]);
    });
});
