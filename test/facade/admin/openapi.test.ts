import assert from 'node:assert/strict';
import { ADMIN_ERRORS, type AdminErrorCode } from '../../../src/facade/admin/admin-error.js';
import {
  ADMIN_OPERATIONS,
  type AdminOperation,
  type AdminOperationId,
  refusalsOf,
} from '../../../src/facade/admin/admin-operations.js';
import { problemSchema } from '../../../src/facade/admin/admin-schemas.js';
import { type JsonSchema, schemaProblems } from '../../../src/facade/admin/json-schema.js';
import { openApiDocument } from '../../../src/facade/admin/openapi.js';
import { holdDown } from '../../kit/hold-down.js';
import { schedulerJob } from '../../kit/stub-scheduler-engine.js';
import { comparisonOf, difference, resultOf } from '../comparing/store/store-fixture.js';
import { type AdminFixture, startAdmin } from './admin-fixture.js';

/** A good call of each operation, and the status that it answers with. */
const CALLS: Record<AdminOperationId, { path: string; body?: unknown; status: number }[]> = {
  getLive: [{ path: '/health/live', status: 200 }],
  getReady: [{ path: '/health/ready', status: 200 }],
  getStatus: [{ path: '/status', status: 200 }],
  listRoutes: [{ path: '/routes', status: 200 }],
  getRoute: [
    { path: '/routes/devices', status: 200 },
    { path: '/routes/default', status: 200 },
  ],
  explain: [
    { path: '/explain', body: { method: 'GET', path: '/health' }, status: 200 },
    { path: '/explain', body: { method: 'GET', path: '/a/../b' }, status: 200 },
    { path: '/explain', body: { method: 'GET', path: '/socket.io/?EIO=4' }, status: 200 },
  ],
  explainEvent: [
    { path: '/explain/event', body: { event: 'agent_heartbeat' }, status: 200 },
    { path: '/explain/event', body: { event: 'x', headers: { A: 'b' }, address: '10.0.0.1' }, status: 200 },
  ],
  previewFlip: [{ path: '/flip/preview', body: { target: 'health', stage: 'engine', why: 'try' }, status: 200 }],
  flip: [
    { path: '/flip', body: { target: 'health', stage: 'engine', why: 'try', who: 'kim' }, status: 200 },
    { path: '/flip', body: { target: 'health', stage: 'canary', percent: 2.5, by: 'guid', why: 'x' }, status: 200 },
  ],
  makeOverride: [
    { path: '/override', body: { row: 'health', side: 'engine', why: 'try', who: 'kim' }, status: 200 },
    { path: '/override', body: { row: 'enroll-poll', side: 'engine', seconds: 60, why: 'x' }, status: 200 },
  ],
  setAccess: [{ path: '/access', body: { target: 'health', access: 'operator', why: 'close' }, status: 200 }],
  rollback: [{ path: '/rollback', body: { why: 'back' }, status: 200 }],
  getVersion: [{ path: '/versions/2', status: 200 }],
  listAudit: [{ path: '/audit?limit=2', status: 200 }],
  getGuard: [{ path: '/guard', status: 200 }],
  releaseGuard: [{ path: '/guard/release', body: { target: 'enrollment', why: 'mended' }, status: 200 }],
  listJobs: [{ path: '/jobs?after=1&limit=1', status: 200 }],
  listComparisons: [{ path: '/comparisons', status: 200 }],
  getEvidence: [{ path: '/comparisons/devices', status: 200 }],
  listMismatches: [{ path: '/mismatches?row=devices&path=body', status: 200 }],
  listPairs: [{ path: '/pairs?verdict=mismatch&limit=3', status: 200 }],
  getPair: [{ path: '/pairs/1', status: 200 }],
  exportPairs: [{ path: '/pair-export?row=devices', status: 200 }],
  replay: [{ path: '/replay', body: { row: 'devices', limit: 5, who: 'kim' }, status: 200 }],
  ignore: [
    {
      path: '/ignore',
      body: { target: 'devices', path: 'body.a', why: 'a clock', owner: 'kim', expires: '2099-01-31' },
      status: 200,
    },
  ],
  promote: [{ path: '/promote', body: { target: 'devices', force: true, why: 'try' }, status: 200 }],
  listSockets: [{ path: '/sockets?side=legacy&limit=5', status: 200 }],
  startDrain: [{ path: '/sockets/drain', body: { side: 'legacy', ratePerSecond: 0.5, why: 'move' }, status: 202 }],
  cancelDrain: [{ path: '/sockets/drain?who=kim', status: 200 }],
  check: [{ path: '/check?paths=true', status: 200 }],
  getMetrics: [{ path: '/metrics', status: 200 }],
  getOpenApi: [{ path: '/openapi.json', status: 200 }],
};

function recordMismatch({ comparisons, table }: AdminFixture): void {
  const row = table.current().routes.find(({ id }) => id === 'devices');
  assert.ok(row);
  const parts = { row, at: Date.now(), differences: [difference('body.a')] };
  comparisons.record(comparisonOf(parts), resultOf(parts));
}

describe('The description of the admin API', () => {
  let admin: AdminFixture;
  before(async () => {
    admin = await startAdmin();
    admin.holds.begin(holdDown({ target: 'enrollment', row: 'enroll-poll' }));
    recordMismatch(admin);
    admin.state.replay = async (pairs) => ({
      counts: { gone: 1, still: 0, elsewhere: 0, not_replayable: 0, untellable: 0, no_answer: 0 },
      replayed: pairs.map(({ id, row, method, target }) => ({ id, row, method, target, outcome: 'gone', detail: '' })),
      notRun: 0,
    });
    admin.state.scheduler = {
      view: () => ({ engine: undefined, jobs: undefined, handBackPending: undefined, lastTick: undefined }),
      jobs: async () => ({ jobs: [schedulerJob(2)], next: 2 }),
    };
    for (const side of ['legacy', 'engine'] as const) {
      const facts = { side, transport: 'websocket', agentContext: undefined, userAgent: 'x', address: '::1' } as const;
      for (let n = 0; n < 3; n += 1)
        admin.registry.add(facts, { close: () => {}, bytesUp: () => 1, bytesDown: () => 2, messageBytesUp: () => 0 });
    }
  });
  after(() => admin.close());

  for (const [id, operation] of Object.entries<AdminOperation>(ADMIN_OPERATIONS)) {
    it(`${id} answers what is described`, async () => {
      for (const { path, body, status } of CALLS[id as AdminOperationId]) {
        const answer = await admin.call(operation.method.toUpperCase(), path, { body });
        assert.equal(answer.status, status, JSON.stringify(answer.body));
        const described = operation.answers[status];
        assert.ok(described, `status ${status} is not described`);
        if (described.text !== undefined) assert.ok(answer.headers.get('content-type')?.startsWith(described.text));
        else assert.deepEqual(schemaProblems(described.schema as JsonSchema, answer.body), []);
      }
    });
  }

  it('serves each described path, and answers 405 with Allow for other methods', async () => {
    const served = await admin.call('GET', '/openapi.json');
    for (const [path, operations] of Object.entries(served.body.paths as Record<string, object>)) {
      const concrete = path.replaceAll(/\{\w+\}/g, '1');
      const answer = await admin.call('PATCH', concrete, { body: {} });
      assert.equal(answer.status, 405, path);
      const methods = Object.keys(operations).map((method) => method.toUpperCase());
      assert.deepEqual(
        answer.headers.get('allow')?.split(', '),
        (methods.includes('GET') ? [...methods, 'HEAD'] : methods).sort(),
      );
    }
  });

  it('describes refusals as they are given', async () => {
    const refused: [string, string, string, unknown, AdminErrorCode][] = [
      ['getRoute', 'GET', '/routes/nope', undefined, 'row_unknown'],
      ['getVersion', 'GET', '/versions/99', undefined, 'version_unknown'],
      ['getVersion', 'GET', '/versions/x', undefined, 'request_invalid'],
      ['getEvidence', 'GET', '/comparisons/nope', undefined, 'row_unknown'],
      ['listMismatches', 'GET', '/mismatches?row=nope', undefined, 'row_unknown'],
      ['getPair', 'GET', '/pairs/99', undefined, 'pair_unknown'],
      ['replay', 'POST', '/replay', { row: 'nope' }, 'row_unknown'],
      ['promote', 'POST', '/promote', { target: 'devices' }, 'gate_not_met'],
      ['ignore', 'POST', '/ignore', { target: 'devices', path: 'body.a', why: 'x', owner: 'y' }, 'request_invalid'],
      ['releaseGuard', 'POST', '/guard/release', { target: 'health', why: 'x' }, 'hold_unknown'],
      ['cancelDrain', 'DELETE', '/sockets/drain', undefined, 'drain_not_running'],
      ['flip', 'POST', '/flip', { target: 'health' }, 'request_invalid'],
      ['listAudit', 'GET', '/audit?limit=0', undefined, 'request_invalid'],
    ];
    for (const [id, method, path, body, code] of refused) {
      const answer = await admin.call(method, path, { body });
      assert.deepEqual([answer.status, answer.body.error], [ADMIN_ERRORS[code].status, code], path);
      assert.deepEqual(schemaProblems(problemSchema, answer.body), []);
      assert.ok(refusalsOf(ADMIN_OPERATIONS[id as AdminOperationId]).includes(code), `${id} does not describe ${code}`);
    }
  });

  it('has no dangling reference, and an id and a summary for each operation', () => {
    const document = openApiDocument('1.0.0');
    const text = JSON.stringify(document);
    const components = (document.components as { schemas: object }).schemas;
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      assert.ok(Object.hasOwn(components, name), name);
    assert.match(text, /"openapi":"3\.1\.0"/);
    const ids = [...text.matchAll(/"operationId":"(\w+)","summary":"[^"]+"/g)].map(([, id]) => id);
    assert.deepEqual(ids.sort(), Object.keys(ADMIN_OPERATIONS).sort());
  });
});
