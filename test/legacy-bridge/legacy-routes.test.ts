import assert from 'node:assert/strict';
import { LEGACY_ROUTES } from '../../src/legacy-bridge/legacy-routes.js';
import { buildUrlMap } from '../../src/legacy-bridge/url-map/build-url-map.js';

const map = buildUrlMap(LEGACY_ROUTES.map(({ id, methods, rule }) => ({ methods, rule, endpoint: id })));

/** `Allow` as the legacy was recorded to answer it (scenarios web-methods, web-spa, proxy). */
const ALLOW: Record<string, string> = {
  '/api/credentials/5': 'DELETE, GET, HEAD, OPTIONS, PUT',
  '/api/agent/heartbeat': 'DELETE, GET, HEAD, OPTIONS, POST',
  '/api/assembly/create': 'GET, HEAD, OPTIONS, POST',
  '/api/assembly/list': 'GET, HEAD, OPTIONS',
  '/api/users': 'GET, HEAD, OPTIONS, POST',
  '/api/proxy': 'GET, HEAD, OPTIONS, POST',
  '/api/nope': 'GET, HEAD, OPTIONS',
  '/': 'GET, HEAD, OPTIONS',
  '/devices': 'GET, HEAD, OPTIONS',
};

/** Who serves a request, or why nobody does, as recorded. */
const SERVED: Record<string, string> = {
  'DELETE /api/agent/heartbeat': 'agent',
  'GET /api/agent/heartbeat': 'spa',
  'HEAD /api/agent/hash': 'agent-hash',
  'PUT /api/agent/hash': 'method-not-allowed',
  'DELETE /api/agent/PC-1%20agent%2F%C3%BC': 'method-not-allowed',
  'GET /api/device/activity/job/1': 'device-activity-job',
  'GET /api/device/activity/job': 'device-activity',
  'DELETE /api/device/activity/job/1': 'method-not-allowed',
  'GET /api/scheduled_jobs/-1': 'spa',
  'GET /%61pi/server/time': 'server-time',
  'GET /api%2fserver%2Ftime': 'server-time',
  'GET /api//server/time': 'spa',
  'POST /api/assembly//create': 'redirect',
  'POST /api/assembly///create': 'method-not-allowed',
  'POST /api/assembly/create/': 'method-not-allowed',
  'FROB /api/server/time': 'method-not-allowed',
  'GET /': 'spa-index',
  'GET /health/': 'spa',
};

describe('LEGACY_ROUTES', () => {
  it('names each route once', () => {
    const ids = LEGACY_ROUTES.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z]+(?:-[a-z]+)*$/);
  });

  for (const [path, allow] of Object.entries(ALLOW)) {
    it(`allows ${allow} on ${path}`, () => assert.equal(map.allowedMethods(path).join(', '), allow));
  }

  for (const [request, expected] of Object.entries(SERVED)) {
    it(`${request} is ${expected}`, () => {
      const [method = '', path = ''] = request.split(' ');
      const found = map.match(method, path);
      assert.equal(found.kind === 'match' ? found.endpoint : found.kind, expected);
    });
  }

  it('marks the one route that answers OPTIONS itself', () => {
    assert.deepEqual(
      LEGACY_ROUTES.filter(({ answersOptions }) => answersOptions).map(({ id }) => id),
      ['proxy'],
    );
  });
});
