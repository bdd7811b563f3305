import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import type { RequestFacts } from '../../../src/facade/decision/client-key.js';
import { placeInCohort } from '../../../src/facade/decision/cohort.js';
import type { CohortKey } from '../../../src/facade/table/table-snapshot.js';

const facts = (headers: RequestFacts['headers'] = {}, address = '192.0.2.1'): RequestFacts => ({
  method: 'GET',
  path: '/health',
  headers,
  address,
});
const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const at = (percent: number, by: CohortKey, request: RequestFacts, salt = 'row') =>
  placeInCohort({ percent, by }, salt, request);

describe('canary cohort', () => {
  it('only gains clients when the percentage rises', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        (address, a, b) => {
          const [low, high] = [Math.min(a, b) / 100, Math.max(a, b) / 100];
          const request = facts({}, address);
          if (at(low, 'address', request).inCohort) assert.equal(at(high, 'address', request).inCohort, true);
        },
      ),
    );
  });

  it('holds nobody at 0 % and everybody at 100 %', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        assert.equal(at(0, 'address', facts({}, address)).inCohort, false);
        assert.equal(at(100, 'address', facts({}, address)).inCohort, true);
      }),
    );
  });

  it('is near its percentage, also at hundredths', () => {
    const share = (percent: number) => {
      let inside = 0;
      for (let i = 0; i < 40_000; i += 1)
        if (at(percent, 'header:x-key', facts({ 'x-key': `client-${i}` })).inCohort) inside += 1;
      return (inside / 40_000) * 100;
    };
    assert.ok(Math.abs(share(10) - 10) < 0.8, `10 % gave ${share(10)} %`);
    assert.ok(Math.abs(share(0.25) - 0.25) < 0.15, `0.25 % gave ${share(0.25)} %`);
  });

  it('spreads the same client differently over rows, but equally over members of a group (one salt)', () => {
    const buckets = (salt: string) =>
      Array.from({ length: 50 }, (_, i) => at(50, 'address', facts({}, `10.0.0.${i}`), salt).bucket);
    assert.notDeepEqual(buckets('a'), buckets('b'));
    assert.deepEqual(buckets('a'), buckets('a'));
  });

  it('tells agents apart by the GUID in their token, whatever its case, expiry or signature', () => {
    const guid = 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE';
    const one = at(50, 'guid', facts({ authorization: `Bearer ${jwt({ guid, exp: 1 })}` }));
    const other = at(
      50,
      'guid',
      facts({ authorization: `Bearer ${jwt({ guid: guid.toLowerCase(), exp: 9e9 })}` }, '198.51.100.7'),
    );
    assert.equal(one.by, 'guid');
    assert.equal(one.bucket, other.bucket);
  });

  it('tells operators apart by session, bearer token or token cookie, deflated or not', () => {
    const session = Buffer.from(JSON.stringify({ role: 'Admin', username: 'Admin' })).toString('base64url');
    const token = Buffer.from(JSON.stringify({ u: 'admin', r: 'Admin', ts: 1 })).toString('base64url');
    const deflated = deflateSync(JSON.stringify({ u: 'admin', r: 'Admin', ts: 1 })).toString('base64url');
    const places = [
      facts({ cookie: `a=b; session=${session}.aOd4AA.c2ln` }),
      facts({ authorization: `bearer ${token}.aOd4AA.c2ln` }),
      facts({ cookie: `borealis_auth="${token}.aOd4AA.c2ln"` }),
      facts({ cookie: `borealis_auth=.${deflated}.aOd4AA.c2ln` }),
    ].map((request) => at(50, 'operator', request));
    assert.deepEqual(new Set(places.map(({ by }) => by)), new Set(['operator']));
    assert.equal(new Set(places.map(({ bucket }) => bucket)).size, 1);
  });

  it('falls back to the address, saying so, for requests that carry no such key or garbage', () => {
    for (const headers of [
      {},
      { authorization: 'Bearer' },
      { authorization: 'Bearer a.b.c' },
      { cookie: 'session=.!!.x.y' },
      { cookie: 'session' },
    ]) {
      for (const by of ['guid', 'operator', 'header:x-none'] as const) {
        const place = at(50, by, facts(headers));
        assert.deepEqual(place, at(50, 'address', facts()));
      }
    }
  });
});
