/** DPoP proofs: what a good one is, and each way in which one is not. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { DpopError, verifyDpopProof } from '../../../src/legacy-bridge/tokens/dpop-proof.js';

const url = 'https://server.example/api/agent/token/refresh?x=1';
const nowMs = 1_700_000_000_500;
const nowSeconds = 1_700_000_000;
const surroundings = { method: 'POST', url, now: nowMs };
const ed = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface Proof {
  readonly alg?: string;
  readonly jwk?: unknown;
  readonly key?: KeyObject;
  readonly claims?: Readonly<Record<string, unknown>>;
}

function make({ alg = 'EdDSA', jwk, key = ed.privateKey, claims = {} }: Proof = {}): Promise<string> {
  const header = { alg, jwk: jwk ?? ed.publicKey.export({ format: 'jwk' }) } as { alg: string };
  return new SignJWT({ htm: 'POST', htu: url, jti: 'one', iat: nowSeconds, ...claims })
    .setProtectedHeader(header)
    .sign(key);
}

describe('DPoP proofs', () => {
  it('give the RFC 7638 thumbprint of their key', async () => {
    const { x } = ed.publicKey.export({ format: 'jwk' });
    const canonical = `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`;
    const expected = createHash('sha256').update(canonical).digest('base64url');
    assert.deepEqual(await verifyDpopProof(await make(), surroundings), { jti: 'one', thumbprint: expected });
  });

  it('may be by ES256, in lower-case method, 300 s old, with secret members in the key', async () => {
    const good: readonly Proof[] = [
      { alg: 'ES256', jwk: p256.publicKey.export({ format: 'jwk' }), key: p256.privateKey },
      { claims: { htm: 'post' } },
      { claims: { iat: nowSeconds - 299 } },
      { claims: { jti: '' } },
      { jwk: ed.privateKey.export({ format: 'jwk' }) },
      { claims: { ath: 'of no token at hand' } },
    ];
    for (const proof of good) await verifyDpopProof(await make(proof), surroundings);
  });

  it('are refused for each thing that does not fit', async () => {
    const bad: Readonly<Record<string, Proof>> = {
      'no jwk': { jwk: 'x' },
      'empty jwk': { jwk: {} },
      'jwk.alg contradicts': { jwk: { ...ed.publicKey.export({ format: 'jwk' }), alg: 'ES256' } },
      'another key': { key: generateKeyPairSync('ed25519').privateKey },
      'another method': { claims: { htm: 'GET' } },
      'a method that is no text': { claims: { htm: 1 } },
      'an address without the query': { claims: { htu: url.replace('?x=1', '') } },
      'no id': { claims: { jti: undefined } },
      'an id that is no text': { claims: { jti: 5 } },
      'no time': { claims: { iat: undefined } },
      'a time as text': { claims: { iat: String(nowSeconds) } },
      'too old': { claims: { iat: nowSeconds - 301 } },
      'ahead of the clock': { claims: { iat: nowSeconds + 1 } },
      'its own expiry has passed': { claims: { exp: nowSeconds } },
      'not valid yet': { claims: { nbf: nowSeconds + 5 } },
      'an audience': { claims: { aud: 'x' } },
    };
    for (const [name, proof] of Object.entries(bad))
      await assert.rejects(verifyDpopProof(await make(proof), surroundings), DpopError, name);
    for (const text of ['nonsense', 'a.b.c', ''])
      await assert.rejects(verifyDpopProof(text, surroundings), DpopError, text);
  });

  it('name the token that they go with, when there is one', async () => {
    const ath = createHash('sha256').update('token').digest('base64url');
    const withToken = { ...surroundings, accessToken: 'token' };
    await verifyDpopProof(await make({ claims: { ath } }), withToken);
    for (const none of ['', null, 0, false, [], {}])
      await verifyDpopProof(await make({ claims: { ath: none } }), withToken);
    for (const other of ['nope', 1, true, [ath], { ath }])
      await assert.rejects(verifyDpopProof(await make({ claims: { ath: other } }), withToken), DpopError);
  });
});
