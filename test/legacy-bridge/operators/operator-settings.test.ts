/** What the environment says of operators' secret, tokens and cookies: defaults, warnings, and what ends a start. */
import assert from 'node:assert/strict';
import {
  readCookieAttributes,
  sessionCookieDeletion,
  sessionCookieLine,
  tokenCookieDeletion,
  tokenCookieLine,
} from '../../../src/legacy-bridge/operators/cookie-lines.js';
import { readOperatorSecret } from '../../../src/legacy-bridge/operators/operator-secret.js';

describe("the operators' secret", () => {
  it('is the default of the legacy when none is set, with a warning', () => {
    const { secret, isDefault, tokenTtlSeconds, problems, warnings } = readOperatorSecret({});
    assert.deepEqual([secret, isDefault, tokenTtlSeconds, problems], ['borealis-dev-secret', true, 2_592_000, []]);
    assert.match(warnings.join(), /BOREALIS_SECRET is not set: .*publicly known default/);
  });

  it('may be set under either name, or both alike', () => {
    for (const env of [
      { BOREALIS_SECRET: 's' },
      { BOREALIS_FLASK_SECRET_KEY: 's' },
      { BOREALIS_SECRET: 's', BOREALIS_FLASK_SECRET_KEY: 's' },
    ]) {
      const { secret, isDefault, problems, warnings } = readOperatorSecret(env);
      assert.deepEqual([secret, isDefault, problems, warnings], ['s', false, [], []]);
    }
  });

  it('ends the start when two differ, or one is empty', () => {
    const differ = readOperatorSecret({ BOREALIS_SECRET: 'geheim-1', BOREALIS_FLASK_SECRET_KEY: 'geheim-2' });
    assert.match(differ.problems.join(), /BOREALIS_SECRET and BOREALIS_FLASK_SECRET_KEY .* expected equal values/);
    assert.doesNotMatch(differ.problems.join(), /geheim/);
    assert.match(readOperatorSecret({ BOREALIS_SECRET: '' }).problems.join(), /BOREALIS_SECRET is set but empty/);
    assert.equal(readOperatorSecret({ BOREALIS_SECRET: 's', BOREALIS_FLASK_SECRET_KEY: '' }).problems.length, 2);
  });

  it('has tokens live as long as the setting says; no number means no tokens', () => {
    const ttl = (text: string) => readOperatorSecret({ BOREALIS_SECRET: 's', BOREALIS_TOKEN_TTL_SECONDS: text });
    assert.equal(ttl(' 3_600 ').tokenTtlSeconds, 3600);
    assert.equal(ttl('-1').tokenTtlSeconds, -1);
    for (const text of ['', '1.5', 'a day']) {
      assert.equal(ttl(text).tokenTtlSeconds, undefined);
      assert.match(ttl(text).warnings.join(), /BOREALIS_TOKEN_TTL_SECONDS/);
    }
  });
});

describe('the cookies of operators', () => {
  const lines = (env: Record<string, string>) => {
    const { attributes } = readCookieAttributes(env);
    return [
      sessionCookieLine('v', attributes),
      sessionCookieDeletion(attributes),
      tokenCookieLine('v', attributes),
      tokenCookieDeletion(attributes),
    ];
  };

  it('are written as the legacy writes them', () => {
    assert.deepEqual(lines({}), [
      'session=v; HttpOnly; Path=/; SameSite=Lax',
      'session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/; SameSite=Lax',
      'borealis_auth=v; Path=/; SameSite=Lax',
      'borealis_auth=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/',
    ]);
  });

  it('carry what the environment asks for; the domain also where they are deleted', () => {
    const env = {
      BOREALIS_COOKIE_SAMESITE: 'none',
      BOREALIS_COOKIE_SECURE: 'Yes',
      BOREALIS_COOKIE_DOMAIN: 'example.org',
    };
    assert.deepEqual(lines(env), [
      'session=v; Domain=example.org; Secure; HttpOnly; Path=/; SameSite=None',
      'session=; Domain=example.org; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; Path=/; SameSite=None',
      'borealis_auth=v; Domain=example.org; Secure; Path=/; SameSite=None',
      'borealis_auth=; Domain=example.org; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/',
    ]);
  });

  it('are refused with attributes that no browser knows, or that would split the header', () => {
    assert.match(readCookieAttributes({ BOREALIS_COOKIE_SAMESITE: 'maybe' }).problems.join(), /SAMESITE: expected Lax/);
    for (const domain of ['a b', 'x; HttpOnly', 'x\r\nSet-Cookie: y', 'ü.de', '..', 'a,b'])
      assert.match(
        readCookieAttributes({ BOREALIS_COOKIE_DOMAIN: domain }).problems.join(),
        /DOMAIN: expected/,
        domain,
      );
    assert.match(readCookieAttributes({ BOREALIS_COOKIE_SAMESITE: 'None' }).warnings.join(), /without .*SECURE/);
  });
});
