import assert from 'node:assert/strict';
import { SIDE_ERROR_CODES } from '../../../src/facade/forwarding/forward-error.js';
import { SOCKET_REFUSALS, type SocketRefusalCode, socketRefusal } from '../../../src/facade/sockets/socket-error.js';

describe('what the facade answers instead of a socket', () => {
  const codes = [...Object.keys(SOCKET_REFUSALS), ...Object.keys(SIDE_ERROR_CODES)] as SocketRefusalCode[];

  it('is never what makes an agent delete its tokens or follow somewhere else', () => {
    for (const code of codes) {
      const { status, reason } = socketRefusal(code);
      assert.ok(status >= 400 && status !== 401 && status !== 403, `${code}: ${status}`);
      assert.doesNotMatch(`${code} ${reason}`, /fingerprint/);
    }
  });

  it('has one meaning per code', () => assert.equal(new Set(codes).size, codes.length));
});
