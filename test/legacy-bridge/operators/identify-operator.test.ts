/** Who calls: the contract's vectors, the order of the three proofs, ages, and that nothing altered is taken. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identifyOperator } from '../../../src/legacy-bridge/operators/identify-operator.js';
import { sealOperatorToken } from '../../../src/legacy-bridge/operators/operator-token.js';
import { openSession, sealSession } from '../../../src/legacy-bridge/operators/session-cookie.js';
import type { PythonValue } from '../../../src/legacy-bridge/values/python-value.js';

const SECRET = 'borealis-dev-secret';
const MADE = 1_760_000_000;
const TERMS = { secret: SECRET, tokenTtlSeconds: 2_592_000 };
const SESSION = 'eyJyb2xlIjoiQWRtaW4iLCJ1c2VybmFtZSI6ImFkbWluIn0.aOd4AA.L1-TibTdpVl7NFxZ7YeyUNqz8dU';
const TOKEN = 'eyJ1IjoiYWRtaW4iLCJyIjoiQWRtaW4iLCJ0cyI6MTc2MDAwMDAwMH0.aOd4AA.jnF1DyilGm45mwMFq2by30xaxdM';
const DEFLATED = '.eJyrVipVslJKTMnNzFPSUSoCsh2h7JJiJStDczMDCKgFAPMtCwE.aOd4AA.ZEGW8sJkUDkMHKlgcY--0N5coIk';
const ZOE = 'eyJ1IjoiWm_DqyIsInIiOiJVc2VyIiwidHMiOjE3NjAwMDAwMDB9.aOd4AA.nIRAR6POm0u4U10p_6VyjrgZ8-w';

const ADMIN = { username: 'admin', role: 'Admin' };

function identify(headers: { cookie?: string; authorization?: string }, now = MADE, terms = TERMS) {
  const { cookie, authorization } = headers;
  return identifyOperator({ cookie, authorization }, terms, now);
}

function session(...entries: [string, PythonValue][]): string {
  return sealSession(new Map(entries), SECRET, MADE);
}

describe('the signed values of the contract', () => {
  it('are read', () => {
    assert.deepEqual(identify({ cookie: `session=${SESSION}` }), { ...ADMIN, by: 'session' });
    assert.deepEqual(identify({ authorization: `Bearer ${TOKEN}` }), { ...ADMIN, by: 'bearer' });
    assert.deepEqual(identify({ authorization: `bEARER  ${DEFLATED} ` }), { ...ADMIN, by: 'bearer' });
    assert.deepEqual(identify({ cookie: `borealis_auth="${ZOE}"` }), {
      username: 'Zoë',
      role: 'User',
      by: 'token-cookie',
    });
  });

  it('are written alike, where deflating makes them no shorter', () => {
    assert.equal(session(['username', 'admin'], ['role', 'Admin']), SESSION);
  });
});

describe('of several proofs', () => {
  const user = session(['username', 'dana'], ['role', 'User']);

  it('the first that is present decides', () => {
    const cookie = `session=${user}; borealis_auth=${TOKEN}`;
    assert.equal(identify({ cookie, authorization: `Bearer ${TOKEN}` })?.username, 'dana');
    assert.equal(identify({ cookie: `borealis_auth=${ZOE}`, authorization: `Bearer ${TOKEN}` })?.username, 'admin');
    assert.equal(identify({ cookie: `borealis_auth=${ZOE}; session=broken` })?.username, 'Zoë');
  });

  it('a bearer that does not verify is nobody, whatever the cookie says', () => {
    for (const authorization of ['Bearer x', 'Bearer ', 'bearer   ', `Bearer ${SESSION}`])
      assert.equal(identify({ cookie: `borealis_auth=${TOKEN}`, authorization }), undefined, authorization);
    // Another scheme is no bearer.
    assert.equal(identify({ cookie: `borealis_auth=${TOKEN}`, authorization: 'Basic eDp5' })?.by, 'token-cookie');
  });

  it('a session that names nobody counts as absent', () => {
    for (const empty of [session(['role', 'Admin']), session(['username', '']), session(['username', 7n]), ''])
      assert.equal(identify({ cookie: `session=${empty}; borealis_auth=${TOKEN}` })?.by, 'token-cookie');
  });
});

describe('a caller', () => {
  it('without a role is a user', () => {
    assert.equal(identify({ cookie: `session=${session(['username', 'ghost'])}` })?.role, 'User');
    const unranked = sealOperatorToken({ username: 'ghost', role: '' }, SECRET, MADE);
    assert.equal(identify({ authorization: `Bearer ${unranked}` })?.role, 'User');
  });

  it('without a name is nobody', () => {
    const nameless = sealOperatorToken({ username: '', role: 'Admin' }, SECRET, MADE);
    assert.equal(identify({ authorization: `Bearer ${nameless}` }), undefined);
    assert.equal(identify({ cookie: `session=${session(['username', '\ud800'])}` }), undefined);
  });
});

describe('the age of a proof', () => {
  const cookie = `session=${SESSION}`;
  const authorization = `Bearer ${TOKEN}`;

  it('may be up to 31 days for sessions', () => {
    assert.ok(identify({ cookie }, MADE + 31 * 86_400));
    assert.equal(identify({ cookie }, MADE + 31 * 86_400 + 1), undefined);
    assert.equal(identify({ cookie }, MADE - 1), undefined);
  });

  it('may be up to the setting for tokens', () => {
    assert.ok(identify({ authorization }, MADE + 2_592_000));
    assert.equal(identify({ authorization }, MADE + 2_592_001), undefined);
    assert.equal(identify({ authorization }, MADE - 1), undefined);
    assert.equal(identify({ authorization }, MADE + 11, { ...TERMS, tokenTtlSeconds: 10 }), undefined);
  });

  it('does not matter where the setting is no number: no token is taken', () => {
    const terms = { secret: SECRET, tokenTtlSeconds: undefined };
    assert.equal(identifyOperator({ cookie: undefined, authorization }, terms, MADE), undefined);
    assert.ok(identifyOperator({ cookie, authorization }, terms, MADE));
  });
});

describe('any operator', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
  const secrets = fc.string({ minLength: 1 });
  const moments = fc.nat(4_102_444_800);

  it('is known again by what was sealed for him', () => {
    fc.assert(
      fc.property(text, text, secrets, moments, (username, role, secret, now) => {
        const terms = { secret, tokenTtlSeconds: 60 };
        const authorization = `Bearer ${sealOperatorToken({ username, role }, secret, now)}`;
        const sealed = sealSession(
          new Map([
            ['username', username],
            ['role', role],
          ]),
          secret,
          now,
        );
        const both = { username, role };
        assert.deepEqual(identifyOperator({ cookie: undefined, authorization }, terms, now), { ...both, by: 'bearer' });
        const cookie = `other=1; session=${sealed}`;
        assert.deepEqual(identifyOperator({ cookie, authorization }, terms, now), { ...both, by: 'session' });
      }),
    );
  });

  it('keeps the other keys of his session', () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), (keys) => {
        const entries = new Map(Object.entries(keys));
        assert.deepEqual(
          new Map([...(openSession(sealSession(entries, SECRET, MADE), SECRET, MADE) ?? [])].sort()),
          new Map([...entries].sort()),
        );
      }),
    );
  });

  it('is nobody when a single character is altered, added or missing', () => {
    const values = [SESSION, session(['username', 'x'.repeat(300)])];
    const tokens = [TOKEN, DEFLATED, ZOE];
    const characters = fc.constantFrom(...'ABab09-_.=+/ %\u00e9');
    fc.assert(
      fc.property(fc.constantFrom(...values, ...tokens), fc.nat(), characters, (value, position, ch) => {
        const at = position % value.length;
        for (const altered of [
          `${value.slice(0, at)}${ch}${value.slice(at + 1)}`,
          `${value.slice(0, at)}${ch}${value.slice(at)}`,
          value.slice(0, at) + value.slice(at + 1),
        ]) {
          // Outer blanks of a cookie or bearer are no part of it.
          if (altered.trim() === value) continue;
          assert.equal(identify({ cookie: `session=${altered}` }), undefined, altered);
          assert.equal(identify({ authorization: `Bearer ${altered}` }), undefined, altered);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is nobody to another secret, and to the other kind of value', () => {
    const cookie = `session=${TOKEN}; borealis_auth=${SESSION}`;
    assert.equal(identify({ cookie }), undefined);
    assert.equal(
      identify({ cookie: `session=${SESSION}; borealis_auth=${TOKEN}` }, MADE, { ...TERMS, secret: 'x' }),
      undefined,
    );
  });
});
