/** The form of signed values: both ways with the legacy's own library, bounds on what is inflated, odd but signed payloads. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { identifyOperator } from '../../../src/legacy-bridge/operators/identify-operator.js';
import { sealOperatorToken } from '../../../src/legacy-bridge/operators/operator-token.js';
import { openSession, sealSession } from '../../../src/legacy-bridge/operators/session-cookie.js';
import { MOST_PAYLOAD_BYTES, openValue, sealValue } from '../../../src/legacy-bridge/operators/signed-value.js';
import { projectRoot } from '../../kit/python.js';

const KEY = Buffer.from('key');
const NOW = 1_760_000_000;
const TERMS = { key: KEY, maxAgeSeconds: 60, nowSeconds: NOW };

function signed(payload: string, time = Buffer.from('68e77800', 'hex').toString('base64url')): string {
  const text = `${payload}.${time}`;
  return `${text}.${createHmac('sha1', KEY).update(text).digest('base64url')}`;
}

describe('a signed value', () => {
  it('is deflated only where that helps, and read in both forms', () => {
    const long = Buffer.from('a'.repeat(200));
    assert.ok(sealValue(long, KEY, NOW).startsWith('.'));
    assert.deepEqual(openValue(sealValue(long, KEY, NOW), TERMS), long);
    const short = Buffer.from('{}');
    assert.ok(!sealValue(short, KEY, NOW).startsWith('.'));
    assert.deepEqual(openValue(signed(`.${deflateSync(short).toString('base64url')}`), TERMS), short);
  });

  it('that inflates without end is given up', () => {
    const bomb = deflateSync(Buffer.alloc(50_000_000)).toString('base64url');
    const before = process.memoryUsage().rss;
    assert.equal(openValue(signed(`.${bomb}`), TERMS), undefined);
    assert.ok(process.memoryUsage().rss - before < 20_000_000);
    const most = deflateSync(Buffer.alloc(MOST_PAYLOAD_BYTES)).toString('base64url');
    assert.equal(openValue(signed(`.${most}`), TERMS)?.length, MOST_PAYLOAD_BYTES);
  });

  it('that is signed but malformed is nothing', () => {
    for (const value of [
      signed('.AAAA'),
      signed('.'),
      signed('a b'),
      signed('e30', 'AAAAAAAAAAAA'),
      signed('e30', '!'),
      signed('e30', ''),
      '',
      '.',
      '..',
      'e30',
    ])
      assert.equal(openValue(value, TERMS), undefined, value);
    // Only what is signed over no dot at all has no time.
    const timeless = `e30.${createHmac('sha1', KEY).update('e30').digest('base64url')}`;
    assert.equal(openValue(timeless, TERMS), undefined);
  });
});

describe("signed values and the legacy's library", () => {
  const secret = 'ein Geheimnis ü';
  const program = `
import hashlib, json, sys
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
secret, session, token, long = json.loads(sys.stdin.buffer.read())
app = Flask('x'); app.secret_key = secret
sessions = SecureCookieSessionInterface().get_signing_serializer(app)
tokens = URLSafeTimedSerializer(secret, salt='borealis-auth')
with app.app_context():
    out = {
        'session': sessions.loads(session, max_age=60), 'token': tokens.loads(token, max_age=60),
        'long': sessions.loads(long, max_age=60),
        'sealed': sessions.dumps({'username': 'Zoë', 'role': 'Admin', 'mfa_pending': {'secret': None, 'expires': 5}}),
        'sealedLong': sessions.dumps({'username': 'x' * 500}),
        'sealedToken': tokens.dumps({'u': 'Zoë', 'r': 'Admin', 'ts': 1}),
    }
print(json.dumps(out))`;

  it('are read by each other', () => {
    const name = 'Zoë "1"';
    const now = Math.floor(Date.now() / 1000);
    const input = JSON.stringify([
      secret,
      sealSession(new Map([['username', name]]), secret, now),
      sealOperatorToken({ username: name, role: 'User' }, secret, now),
      sealSession(new Map([['username', 'y'.repeat(400)]]), secret, now),
    ]);
    const out = JSON.parse(execFileSync(`${projectRoot}scripts/python`, ['-c', program], { input, encoding: 'utf8' }));
    assert.deepEqual(out.session, { username: name });
    assert.deepEqual(out.token, { u: name, r: 'User', ts: now });
    assert.deepEqual(out.long, { username: 'y'.repeat(400) });
    const later = now + 30;
    const terms = { secret, tokenTtlSeconds: 60 };
    const pending = openSession(out.sealed, secret, later)?.get('mfa_pending');
    assert.deepEqual(
      pending,
      new Map<string, unknown>([
        ['expires', 5n],
        ['secret', null],
      ]),
    );
    assert.equal(openSession(out.sealedLong, secret, later)?.get('username'), 'x'.repeat(500));
    assert.deepEqual(
      identifyOperator({ cookie: undefined, authorization: `Bearer ${out.sealedToken}` }, terms, later),
      {
        username: 'Zoë',
        role: 'Admin',
        by: 'bearer',
      },
    );
  });
});
