import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ComparedRequest } from '../../../../src/facade/comparing/comparison.js';
import { createRedactor } from '../../../../src/facade/comparing/redaction/create-redactor.js';
import { type CallerIdentity, callerIdentifier } from '../../../../src/facade/comparing/replay/caller-identity.js';
import { freshCredentials } from '../../../../src/facade/comparing/replay/fresh-credentials.js';
import { rebaseEffects } from '../../../../src/facade/comparing/replay/rebase-effects.js';
import { whyNotReplayable } from '../../../../src/facade/comparing/replay/replayable.js';
import type { EffectRow, Effects } from '../../../../src/legacy-bridge/effects/effects.js';
import { identifyOperator } from '../../../../src/legacy-bridge/operators/identify-operator.js';
import { sealOperatorToken } from '../../../../src/legacy-bridge/operators/operator-token.js';
import { type ComparisonParts, comparisonOf } from '../store/store-fixture.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const TERMS = { secret: 's3cret', tokenTtlSeconds: 3600 };

describe('who sent a compared request', () => {
  const identify = callerIdentifier(TERMS);
  const named = (caller: ComparedRequest['caller'], authorization: string) =>
    identify({ at: NOW, caller, headers: [['authorization', authorization]] });
  const jwt = (claims: object) =>
    `Bearer ${[{ alg: 'EdDSA' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.c2ln`;

  it('is a device by its claims', () =>
    assert.deepEqual(named('device', jwt({ guid: 'G', ssl_key_fingerprint: 'f', token_version: 2 })), {
      ...{ kind: 'device', guid: 'G', fingerprint: 'f', tokenVersion: 2 },
    }));

  it('is an operator by a token that this installation signed, and by no other', () => {
    const token = sealOperatorToken({ username: 'ann', role: 'Admin' }, TERMS.secret, NOW / 1000);
    assert.deepEqual(named('admin', `Bearer ${token}`), { kind: 'operator', username: 'ann', role: 'Admin' });
    const forged = sealOperatorToken({ username: 'ann', role: 'Admin' }, 'another', NOW / 1000);
    assert.equal(named('admin', `Bearer ${forged}`), undefined);
  });

  it('is nobody where nothing can be read', () => {
    assert.equal(named('device', 'Bearer rubbish'), undefined);
    assert.equal(named('device', jwt({ guid: 'G' })), undefined);
    assert.equal(named('anonymous', jwt({ guid: 'G', ssl_key_fingerprint: 'f', token_version: 2 })), undefined);
  });
});

describe('fresh credentials', () => {
  it('are those of the same operator', async () => {
    const secret = { secret: TERMS.secret, problems: [] };
    const fresh = await freshCredentials({ jwtKeyFile: undefined, secret, now: () => NOW })({
      ...{ kind: 'operator', username: 'ann', role: 'User' },
    });
    assert.ok('authorization' in fresh);
    const signed = identifyOperator({ authorization: fresh.authorization, cookie: undefined }, TERMS, NOW / 1000);
    assert.deepEqual([signed?.username, signed?.role], ['ann', 'User']);
  });

  it('are refused with the reason where there is no key, or no usable secret', async () => {
    const device = { kind: 'device', guid: 'G', fingerprint: 'f', tokenVersion: 1 } as const;
    const secret = { secret: '', problems: ['BOREALIS_SECRET is set but empty'] };
    const make = (jwtKeyFile?: string) => freshCredentials({ jwtKeyFile, secret, now: () => NOW });
    for (const [fresh, why] of [
      [await make()(device), /shared\.projectRoot/],
      [await make('/nowhere/key')(device), /can not be read/],
      [await make()({ kind: 'operator', username: 'a', role: 'b' }), /set but empty/],
    ] as const)
      assert.match('problem' in fresh ? fresh.problem : '', why);
  });
});

describe('whether a request can be sent again', () => {
  const redactor = createRedactor({ key: randomBytes(32) });
  const why = (parts: ComparisonParts, known: boolean | CallerIdentity = false) => {
    const { request, legacy } = comparisonOf(parts);
    const operator = known === false ? undefined : ({ kind: 'operator', username: 'a', role: 'b' } as const);
    return whyNotReplayable(request, redactor.request(request), typeof known === 'object' ? known : operator, legacy);
  };
  const json = (body: object): Partial<ComparedRequest> => ({
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify(body)),
  });

  it('is never so of an event, whose session is gone', () => {
    assert.match(why({ ...json({ hostname: 'PC' }), method: 'EVENT' }) ?? '', /event of a socket/);
  });

  it('is so without secrets, and with credentials of somebody known', () => {
    assert.equal(why(json({ hostname: 'PC' })), undefined);
    assert.equal(why({ headers: [['authorization', `Bearer ${'t'.repeat(64)}`]] }, true), undefined);
  });

  it("is not so where the legacy refused a device's token, which may have been expired or forged", () => {
    const sent: ComparisonParts = { headers: [['authorization', `Bearer ${'t'.repeat(64)}`]] };
    const device = { kind: 'device', guid: 'G', fingerprint: 'f', tokenVersion: 1 } as const;
    assert.match(why({ ...sent, status: 401 }, device) ?? '', /legacy refused the token as such/);
    assert.equal(why({ ...sent, status: 403 }, device), undefined);
    assert.equal(why({ ...sent, status: 401 }, true), undefined);
  });

  it('is not so where a secret is needed', () => {
    assert.match(why(json({ refresh_token: 'r'.repeat(64) })) ?? '', /body held a secret/);
    assert.match(why({ target: '/x?token=abcdefgh' }) ?? '', /path or query held a secret/);
    assert.match(why({ headers: [['x-auth-token', 'abcdefgh']] }, true) ?? '', /header x-auth-token/);
    assert.match(why({ headers: [['authorization', `Bearer ${'t'.repeat(64)}`]] }) ?? '', /name nobody/);
    assert.match(why({ body: randomBytes(100), headers: [['content-type', 'application/zip']] }) ?? '', /neither JSON/);
  });
});

describe('effects on a database that holds them already', () => {
  const update = (before: EffectRow, after: EffectRow): Effects => ({
    rows: [{ table: 't', rowId: 1, change: 'update', before, after }],
    events: [],
    calls: [],
  });
  const NONE: Effects = { rows: [], events: [], calls: [] };

  it('are put onto the row as it was', () => {
    const legacy = update({ a: 1, b: 1 }, { a: 2, b: 1 });
    const { effects, untellable } = rebaseEffects(update({ a: 2, b: 1 }, { a: 3, b: 1 }), { legacy, engine: NONE });
    assert.deepEqual(effects.rows, [
      { table: 't', rowId: 1, change: 'update', before: { a: 1, b: 1 }, after: { a: 3, b: 1 } },
    ]);
    assert.deepEqual([...untellable], []);
  });

  it('can not be told where nothing was written then, and nothing needs to be now', () => {
    const legacy = update({ a: 1, b: 1 }, { a: 2, b: 2 });
    const forgot = update({ a: 1, b: 1 }, { a: 2, b: 1 });
    const now = update({ a: 2, b: 2, c: 1 }, { a: 2, b: 2, c: 2 });
    assert.deepEqual([...rebaseEffects(now, { legacy, engine: forgot }).untellable], ['rows.t[*].b']);
  });

  it('can be told where the wrong value was written then', () => {
    const legacy = update({ a: 1 }, { a: 2 });
    const wrong = update({ a: 1 }, { a: 9 });
    assert.deepEqual([...rebaseEffects(NONE, { legacy, engine: wrong }).untellable], []);
  });
});
