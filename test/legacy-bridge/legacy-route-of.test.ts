import assert from 'node:assert/strict';
import { legacyRouteOf } from '../../src/legacy-bridge/legacy-route-of.js';

describe('legacyRouteOf', () => {
  it('names the route that serves a request', () => {
    assert.equal(legacyRouteOf('GET', '/api/agent/hash'), 'agent-hash');
    assert.equal(legacyRouteOf('DELETE', '/api/agent/hash'), 'agent');
    assert.equal(legacyRouteOf('GET', '/any/path'), 'spa');
  });

  it('names none where the legacy redirects, or refuses the method', () => {
    assert.equal(legacyRouteOf('POST', '/api/assembly//create'), undefined);
    assert.equal(legacyRouteOf('PUT', '/api/agent/hash'), undefined);
  });
});
