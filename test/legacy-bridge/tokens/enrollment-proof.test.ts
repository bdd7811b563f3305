/** Keys of enrolling devices: in one spelling only, since the fingerprint is that of the bytes. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { publicKeyOfDer } from '../../../src/legacy-bridge/tokens/enrollment-proof.js';

const derOf = ({ publicKey }: { publicKey: KeyObject }): Buffer => publicKey.export({ format: 'der', type: 'spki' });
const KEYS: Readonly<Record<string, Buffer>> = {
  ed25519: derOf(generateKeyPairSync('ed25519')),
  ed448: derOf(generateKeyPairSync('ed448')),
  'P-256': derOf(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  'P-521': derOf(generateKeyPairSync('ec', { namedCurve: 'P-521' })),
  'RSA 2048': derOf(generateKeyPairSync('rsa', { modulusLength: 2048 })),
};
const contentOf = (der: Buffer): Buffer => der.subarray(2 + Math.max(0, (der[1] ?? 0) - 0x80));

describe('keys of enrolling devices', () => {
  for (const [kind, der] of Object.entries(KEYS))
    describe(kind, () => {
      it('as every library writes it', () => assert.ok(publicKeyOfDer(der)));

      it('is none with bytes behind it', () =>
        assert.equal(publicKeyOfDer(Buffer.concat([der, Buffer.from([0])])), undefined));

      it('is none when its length is written longer than need be, or not at all', () => {
        const content = contentOf(der);
        const long = Buffer.from([0x30, 0x83, 0, content.length >> 8, content.length & 0xff]);
        assert.equal(publicKeyOfDer(Buffer.concat([long, content])), undefined);
        const endless = [Buffer.from([0x30, 0x80]), content, Buffer.from([0, 0])];
        assert.equal(publicKeyOfDer(Buffer.concat(endless)), undefined);
      });
    });

  it('are none with lengths within written longer than need be', () => {
    const der = KEYS.ed25519 ?? Buffer.alloc(0);
    const spoilt = Buffer.concat([Buffer.from([0x30, 0x2b, 0x30, 0x81, 0x05]), der.subarray(4)]);
    assert.equal(publicKeyOfDer(spoilt), undefined);
  });

  it('are none of other bytes', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(12, 1), Buffer.from([0x30])])
      assert.equal(publicKeyOfDer(bytes), undefined);
  });
});
