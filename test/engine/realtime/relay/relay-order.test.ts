import assert from 'node:assert/strict';
import { buildRelayOrder } from '../../../../src/engine/builders/relay-order.js';

const legacy = { url: 'https://legacy:5000', ca: '/ca.pem', pin: '', serverName: 'pc' };
const build = (value: unknown) => buildRelayOrder(Buffer.from(JSON.stringify(value)));

describe('buildRelayOrder', () => {
  it('takes an order as the facade gives it, and an end without an address', () => {
    for (const mode of ['on', 'while-clients', 'off'])
      assert.deepEqual(build({ mode, legacy, more: 1 }), { mode, legacy });
    assert.deepEqual(build({ mode: 'off' }), { mode: 'off', legacy: null });
  });

  for (const [field, order] of [
    ['body', []],
    ['mode', { mode: 'ON', legacy }],
    ['legacy', { mode: 'on' }],
    ['legacy', { mode: 'on', legacy: 'https://legacy' }],
    ['legacy.url', { mode: 'on', legacy: { ...legacy, url: 'legacy' } }],
    ['legacy.ca', { mode: 'on', legacy: { ...legacy, ca: null } }],
    ['legacy.serverName', { mode: 'on', legacy: { ...legacy, serverName: 7 } }],
  ] as const)
    it(`names ${field} of ${JSON.stringify(order)}`, () => {
      assert.throws(
        () => build(order),
        (error: { code?: unknown; detail?: unknown }) => {
          assert.equal(error.code, 'invalid_request');
          assert.match(String(error.detail), new RegExp(`^${field}:`));
          return true;
        },
      );
    });
});
