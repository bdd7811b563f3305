import { deepEqual, equal, ok } from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { sealValue } from '../../../../src/legacy-bridge/operators/signed-value.js';
import { readFernetKey, sealFernet } from '../../../../src/legacy-bridge/secrets/fernet.js';
import { AT, answer, compare, inserted, passed, read, told, write } from '../../../kit/comparison-input.js';

const NOW = Math.floor(AT / 1000);
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object, kid = 'k1', signature?: string): string => {
  const signed = `${part({ alg: 'EdDSA', kid, typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${signature ?? createHash('sha512').update(signed).digest('base64url')}`;
};
const CLAIMS = { sub: 'device:G', guid: 'G', token_version: 1, iat: NOW, nbf: NOW, exp: NOW + 900 };
const at = { at: AT + 590 };
const later = { iat: NOW + 1, nbf: NOW + 1, exp: NOW + 901 };

function tokens(legacy: string, engine: string) {
  return compare(write({ answers: [answer({ access_token: legacy }), answer({ access_token: engine })], request: at }));
}

describe('access tokens', () => {
  it('are equal by their claims, whose clocks may turn', () => {
    const result = tokens(jwt({ ...CLAIMS, ...later }), jwt(CLAIMS));
    equal(result.verdict, 'match');
    deepEqual(
      passed(result),
      ['iat', 'nbf', 'exp'].map((claim) => `equivalence timestamp body.access_token.claims.${claim}`),
    );
  });

  it('differ by a claim, which is named', () => {
    deepEqual(told(tokens(jwt({ ...CLAIMS, ...later }), jwt({ ...CLAIMS, guid: 'H' }))), [
      'value body.access_token.claims.guid',
    ]);
    deepEqual(told(tokens(jwt(CLAIMS), jwt({ ...CLAIMS, token_version: '1' }))), [
      'type body.access_token.claims.token_version',
    ]);
    deepEqual(told(tokens(jwt(CLAIMS), jwt({ ...CLAIMS, aud: 'x' }))), ['extra body.access_token.claims.aud']);
    deepEqual(told(tokens(jwt(CLAIMS), jwt({ ...CLAIMS, exp: NOW + 3600 }))), ['value body.access_token.claims.exp']);
  });

  it('differ by their header and by a signature that does not follow from the rest', () => {
    deepEqual(told(tokens(jwt(CLAIMS), jwt(CLAIMS, 'k2'))), ['value body.access_token.header.kid']);
    const result = tokens(jwt(CLAIMS), jwt(CLAIMS, 'k1', 'AAAA'));
    deepEqual(told(result), ['value body.access_token.signature']);
    equal(result.differences[0]?.engine?.includes('AAAA'), false);
  });

  it('are equal when they are written in another order, which no signature survives', () => {
    const { exp, ...others } = CLAIMS;
    const result = tokens(jwt(CLAIMS), jwt({ exp, ...others }));
    equal(result.verdict, 'match');
    deepEqual(passed(result), ['equivalence jwt body.access_token']);
  });

  it('are no token where only one side has one', () => {
    deepEqual(told(tokens(jwt(CLAIMS), 'none')), ['value body.access_token']);
  });
});

describe("the legacy library's signed values", () => {
  const key = createHmac('sha1', 'k').update('cookie-session').digest();
  const seal = (payload: object, seconds: number) => sealValue(Buffer.from(JSON.stringify(payload)), key, seconds);
  const cookie = (value: string) => answer('{}', { headers: [['set-cookie', `session=${value}; HttpOnly; Path=/`]] });
  const compared = (legacy: string, engine: string) =>
    compare(write({ answers: [cookie(legacy), cookie(engine)], request: at }));

  it('are equal by payload, whose time may turn', () => {
    equal(compared(seal({ role: 'Admin' }, NOW + 1), seal({ role: 'Admin' }, NOW)).verdict, 'match');
    const long = { role: 'Admin', username: 'a'.repeat(100) };
    equal(compared(seal(long, NOW + 1), seal(long, NOW)).verdict, 'match');
  });

  it('differ by payload, time and signature', () => {
    const own = seal({ role: 'Admin' }, NOW);
    deepEqual(told(compared(own, seal({ role: 'User' }, NOW))), [
      'value headers.set-cookie.session.value.payload.role',
    ]);
    deepEqual(told(compared(own, seal({ role: 'Admin' }, NOW - 5))), ['value headers.set-cookie.session.value.time']);
    deepEqual(
      told(
        compared(
          own,
          own.replace(/.$/, (ch) => (ch === 'A' ? 'B' : 'A')),
        ),
      ),
      ['value headers.set-cookie.session.value.signature'],
    );
  });
});

describe('encrypted columns', () => {
  const row = (token: string) => ({
    rows: [
      inserted('agent_service_account', {
        agent_id: 'a',
        password_encrypted: { blob: Buffer.from(token).toString('base64') },
      }),
    ],
  });
  const key = readFernetKey('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=');
  const seal = (text: string, seconds = NOW) => {
    ok(key !== undefined);
    return sealFernet(text, key, seconds, randomBytes(16));
  };
  const compared = (legacy: string, engine: string) =>
    compare(write({ legacy: row(legacy), engine: row(engine), request: at }));

  it('are equal by length class and time', () => {
    deepEqual(compared(seal('x'.repeat(24)), seal('y'.repeat(24))).used, [
      { by: 'equivalence', rule: 'fernet', count: 1 },
    ]);
    equal(compared(seal('x', NOW + 1), seal('y')).verdict, 'match');
  });

  it('differ by them, and from what is not encrypted', () => {
    const path = 'rows.agent_service_account[agent_id=a].password_encrypted';
    deepEqual(told(compared(seal('x'), seal('y'.repeat(40)))), [`value ${path}.length`]);
    deepEqual(told(compared(seal('x'), seal('x', NOW - 60))), [`value ${path}.time`]);
    deepEqual(told(compared(seal('x'), 'eHh4')), [`value ${path}`]);
  });

  it('must be equal where they are read', () => {
    equal(compare(read(answer({ t: seal('x') }), answer({ t: seal('x') }))).verdict, 'mismatch');
  });
});
