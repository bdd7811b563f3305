import assert from 'node:assert/strict';
import { provenanceOf, trustedProxies } from '../../../src/facade/forwarding/trusted-proxies.js';

describe('trustedProxies', () => {
  const trusted = trustedProxies(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7', '::ffff:198.51.100.0/120']);

  it('trusts addresses and ranges of both families', () => {
    for (const address of ['10.1.2.3', '2001:db8::1', '192.0.2.7', '198.51.100.9'])
      assert.ok(trusted.trusts(address), address);
    for (const address of ['11.0.0.1', '2001:db9::1', '192.0.2.8', '198.51.101.1', 'unknown', ''])
      assert.ok(!trusted.trusts(address), address);
  });

  it('takes a range that reaches beyond the mapped addresses for what it is', () => {
    assert.ok(trustedProxies(['::ffff:0.0.0.0/80']).trusts('::1:0:0:1') === false);
  });

  it('says what is wrong with an entry', () => {
    assert.throws(() => trustedProxies(['proxy.example']), TypeError);
  });
});

describe('provenanceOf', () => {
  const trusted = trustedProxies(['10.0.0.0/8']);
  const received = { for: '203.0.113.9, 198.51.100.1', proto: 'https', host: 'outer.example' };

  it('takes nothing from a peer that is not trusted', () => {
    assert.deepEqual(provenanceOf('192.0.2.1', false, 'h', received, trusted), {
      address: '192.0.2.1',
      forwardedFor: '192.0.2.1',
      proto: 'http',
      host: 'h',
    });
  });

  it('knows an IPv4 peer on an IPv6 socket', () => {
    const { address, forwardedFor } = provenanceOf('::ffff:10.0.0.5', true, 'h', received, trusted);
    assert.equal(address, '198.51.100.1');
    assert.equal(forwardedFor, '198.51.100.1, 10.0.0.5');
  });

  it('takes as the client the last address that no trusted proxy has', () => {
    const chain = { for: '1.1.1.1, 203.0.113.9, 10.0.0.2, 10.0.0.3' };
    assert.equal(provenanceOf('10.0.0.4', false, 'h', chain, trusted).address, '203.0.113.9');
    assert.equal(provenanceOf('10.0.0.4', false, 'h', { for: '10.0.0.9' }, trusted).address, '10.0.0.9');
    assert.equal(provenanceOf('10.0.0.4', false, 'h', { for: 'nonsense' }, trusted).address, '10.0.0.4');
    assert.equal(provenanceOf('10.0.0.4', false, 'h', {}, trusted).address, '10.0.0.4');
  });

  it('tells the sides nothing that a client wrote itself, for they count by the first entry', () => {
    for (const [received, expected] of [
      ['1.1.1.1, 203.0.113.9', '203.0.113.9, 10.0.0.4'],
      ['1.1.1.1, 203.0.113.9, 10.0.0.2,, 10.0.0.3 ', '203.0.113.9, 10.0.0.2, 10.0.0.3, 10.0.0.4'],
      ['10.0.0.9, 10.0.0.2', '10.0.0.9, 10.0.0.2, 10.0.0.4'],
      ['', '10.0.0.4'],
      // What can't be read hides who wrote what stands left of it.
      ['1.1.1.1, unknown', '10.0.0.4'],
      ['1.1.1.1, unknown, 10.0.0.2', '10.0.0.2, 10.0.0.4'],
      // An entry with a port is an address all the same, and not to be passed over for the client's own.
      ['1.1.1.1, 203.0.113.9:4711', '203.0.113.9, 10.0.0.4'],
      ['1.1.1.1, [2001:db8::1]:4711', '2001:db8::1, 10.0.0.4'],
      ['1.1.1.1, 2001:db8::1', '2001:db8::1, 10.0.0.4'],
      ['1.1.1.1, ::ffff:203.0.113.9', '203.0.113.9, 10.0.0.4'],
    ] as const) {
      const { address, forwardedFor } = provenanceOf('10.0.0.4', false, 'h', { for: received }, trusted);
      assert.equal(forwardedFor, expected, received);
      assert.equal(address, expected.split(', ', 1)[0], received);
    }
  });

  it('keeps scheme and host of a trusted proxy alone, for the legacy reads the last entry', () => {
    const { proto, host } = provenanceOf('10.0.0.4', false, 'inner', received, trusted);
    assert.deepEqual([proto, host], ['https', 'outer.example']);
  });
});
