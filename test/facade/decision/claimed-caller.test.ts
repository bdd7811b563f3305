import assert from 'node:assert/strict';
import { claimedCaller } from '../../../src/facade/decision/claimed-caller.js';

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('claimedCaller', () => {
  const cases: [string, Record<string, string>, string][] = [
    ['nobody', {}, 'anonymous'],
    ['other cookies', { cookie: 'theme=dark' }, 'anonymous'],
    ['an access token', { authorization: `Bearer e30.${encoded({ guid: 'A' })}.x` }, 'device'],
    ['a session', { cookie: `session=${encoded({ username: 'kim', role: 'User' })}.t.s` }, 'operator'],
    ['a session without a role', { cookie: `session=${encoded({ username: 'kim' })}.t.s` }, 'operator'],
    ['an administrator', { cookie: `session=${encoded({ username: 'kim', role: 'ADMIN' })}.t.s` }, 'admin'],
    ['an operator token', { authorization: `Bearer ${encoded({ u: 'kim', r: 'Admin', ts: 1 })}.t.s` }, 'admin'],
    ['a token cookie', { cookie: `borealis_auth=${encoded({ u: 'kim', r: 'User', ts: 1 })}.t.s` }, 'operator'],
    ['a token of no known form', { authorization: 'Bearer what' }, 'unrecognised'],
    ['a session that is none', { cookie: 'session=what' }, 'unrecognised'],
  ];
  for (const [name, headers, kind] of cases)
    it(`${name}: ${kind}`, () => assert.equal(claimedCaller({ headers }), kind));
});
