/** Access tokens cross between PyJWT and the engine in both directions. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import {
  AccessTokenError,
  accessTokenSigner,
  verifyAccessToken,
} from '../../../src/legacy-bridge/tokens/access-token.js';
import { projectRoot } from '../../kit/python.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const claims = { guid: 'AAAA-1', fingerprint: 'ab', tokenVersion: 3 };
const now = () => Math.floor(Date.now() / 1000);

function python(program: string, input: unknown): unknown {
  const text = execFileSync(`${projectRoot}scripts/python`, ['-c', program], { input: JSON.stringify(input) });
  return JSON.parse(text.toString());
}

function signed(more: Readonly<Record<string, unknown>>, key: KeyObject = privateKey): Promise<string> {
  const at = now();
  return new SignJWT({ sub: 'device:x', iat: at, nbf: at, exp: at + 900, ...more })
    .setProtectedHeader({ alg: 'EdDSA' })
    .sign(key);
}

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AccessTokenError && error.code === code;
}

describe('access tokens', () => {
  it('of the engine are accepted by PyJWT, with the legacy claims', async () => {
    const at = now();
    const token = await accessTokenSigner(privateKey, '0123456789abcdef').sign(claims, at);
    const pem = publicKey.export({ format: 'pem', type: 'spki' });
    const program = `
import json, sys, jwt
token, pem = json.load(sys.stdin)
claims = jwt.decode(token, pem, algorithms=['EdDSA'], options={'require': ['exp', 'iat', 'sub']})
json.dump([jwt.get_unverified_header(token), claims], sys.stdout)`;
    assert.deepEqual(python(program, [token, pem]), [
      { alg: 'EdDSA', typ: 'JWT', kid: '0123456789abcdef' },
      {
        sub: 'device:AAAA-1',
        guid: 'AAAA-1',
        ssl_key_fingerprint: 'ab',
        token_version: 3,
        iat: at,
        nbf: at,
        exp: at + 900,
      },
    ]);
  });

  it('of PyJWT are accepted by the engine', async () => {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    const program = `
import json, sys, time, jwt
now = int(time.time())
claims = {'sub': 'device:x', 'guid': 'x', 'iat': now, 'nbf': now, 'exp': now + 900}
json.dump(jwt.encode(claims, json.load(sys.stdin), algorithm='EdDSA', headers={'kid': 'any'}), sys.stdout)`;
    const token = python(program, pem) as string;
    assert.equal((await verifyAccessToken(token, publicKey, Date.now())).guid, 'x');
  });

  it('are refused as PyJWT refuses them', async () => {
    const at = now();
    const cases: readonly (readonly [string, Promise<string>, string])[] = [
      ['expired', signed({ exp: at }), 'token_expired'],
      ['iat ahead', signed({ iat: at + 60 }), 'token_ahead'],
      ['nbf ahead', signed({ nbf: at + 60 }), 'token_ahead'],
      ['an audience', signed({ aud: 'x' }), 'invalid_token'],
      ['no subject', signed({ sub: undefined }), 'invalid_token'],
      ['no expiry', signed({ exp: undefined }), 'invalid_token'],
      ['another key', signed({}, generateKeyPairSync('ed25519').privateKey), 'invalid_token'],
      ['no token', Promise.resolve('nonsense'), 'invalid_token'],
    ];
    for (const [name, token, code] of cases)
      await assert.rejects(verifyAccessToken(await token, publicKey, Date.now()), refused(code), name);
  });

  it('of another algorithm with the public key as secret are refused', async () => {
    const pem = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' });
    const token = await new SignJWT({ sub: 'x', iat: now(), exp: now() + 900 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(pem));
    await assert.rejects(verifyAccessToken(token, publicKey, Date.now()), refused('invalid_token'));
  });
});
