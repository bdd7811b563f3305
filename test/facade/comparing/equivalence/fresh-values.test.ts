import { deepEqual, equal } from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { newAccountPassword } from '../../../../src/engine/services/account-password.js';
import { answer, compare, inserted, passed, read, told, updated, write } from '../../../kit/comparison-input.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const refresh = (): string => randomBytes(48).toString('base64url');
const words = (legacy: unknown, engine: unknown, over: object = {}) =>
  compare(write({ answers: [answer(legacy), answer(engine)], ...over }));

describe('values that each side made up', () => {
  const code = (): string => (randomBytes(16).toString('hex').toUpperCase().match(/.{4}/g) ?? []).join('-');
  const FORMS: readonly { form: string; make: () => string }[] = [
    { form: 'uuid', make: randomUUID },
    { form: 'uuid', make: () => randomUUID().toUpperCase() },
    { form: 'hex', make: () => randomBytes(16).toString('hex') },
    { form: 'code', make: code },
    { form: 'base64', make: () => randomBytes(32).toString('base64') },
    { form: 'base64url', make: refresh },
    {
      form: 'base32',
      make: () => Array.from(randomBytes(32), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(byte % 32)).join(''),
    },
    { form: 'password', make: () => newAccountPassword({ bytes: randomBytes } as never) },
  ];
  for (const { form, make } of FORMS)
    it(`may differ in the form ${form}`, () => {
      for (let run = 0; run < 200; run += 1) {
        const [l, e] = [make(), make()];
        equal(words({ v: l }, { v: e }).verdict, 'match', `${l} ${e}`);
        equal(words({ v: l }, { v: e.slice(1) }).verdict, 'mismatch', `${l} ${e.slice(1)}`);
      }
    });

  it('must have one case and one version', () => {
    equal(words({ v: randomUUID() }, { v: randomUUID().toUpperCase() }).verdict, 'mismatch');
    equal(words({ v: randomUUID() }, { v: randomUUID().replace(/^(.{14})4/, '$11') }).verdict, 'mismatch');
  });

  it('are not words', () => {
    equal(words({ v: 'AdministratorsOfTheSite1' }, { v: 'AdministratorsOfTheBoat2' }).verdict, 'mismatch');
    equal(words({ v: 'C:/Windows/System32/cmd1' }, { v: 'C:/Windows/System64/cmd2' }).verdict, 'mismatch');
  });

  it('must be used alike in answer, rows and events', () => {
    const [l, e, other] = [randomUUID(), randomUUID(), randomUUID()];
    const parts = (id: string, again: string) => ({
      rows: [inserted('device_approvals', { id, hostname_claimed: 'A' })],
      events: [{ event: 'e', room: null, payload: { again } }],
    });
    const of = (engineAgain: string) =>
      write({ answers: [answer({ id: l }), answer({ id: e })], legacy: parts(l, l), engine: parts(e, engineAgain) });
    equal(compare(of(e)).verdict, 'match');
    deepEqual(told(compare(of(other))), ['value events.e[0].payload.again']);
    equal(compare(of(l)).verdict, 'mismatch');
  });

  it('are one value in all their spellings', () => {
    const [l, e, other] = [randomUUID(), randomUUID(), randomUUID()];
    equal(words({ a: l, b: l.toUpperCase() }, { a: e, b: e.toUpperCase() }).verdict, 'match');
    equal(words({ a: l, b: l.toUpperCase() }, { a: e, b: other.toUpperCase() }).verdict, 'mismatch');
  });

  it('may not stand for two things', () => {
    const [l, other, e] = [randomUUID(), randomUUID(), randomUUID()];
    equal(words({ a: l, b: other }, { a: e, b: e }).verdict, 'mismatch');
    equal(words({ a: l, b: l }, { a: e, b: l }).verdict, 'mismatch');
  });

  it('must be new: what the request or a row had before is not', () => {
    const [l, e] = [randomUUID(), randomUUID()];
    equal(words({ v: l }, { v: e }, { request: { target: `/api/agents/${l}` } }).verdict, 'mismatch');
    equal(
      words({ v: l }, { v: e }, { request: { body: Buffer.from(JSON.stringify({ guid: e.toUpperCase() })) } }).verdict,
      'mismatch',
    );
    const token = `${['{"alg":"EdDSA"}', JSON.stringify({ guid: e })].map((part) => Buffer.from(part).toString('base64url')).join('.')}.xx`;
    equal(
      words({ v: l }, { v: e }, { request: { headers: [['authorization', `Bearer ${token}`]] } }).verdict,
      'mismatch',
    );
    const change = { rows: [updated('devices', { guid: 'G', agent_id: l }, { guid: 'H' })] };
    equal(words({ v: l }, { v: e }, { legacy: change, engine: change }).verdict, 'mismatch');
  });

  it('make nothing of reads: what is read is there already', () => {
    equal(compare(read(answer({ v: randomUUID() }), answer({ v: randomUUID() }))).verdict, 'mismatch');
  });

  it('carry their digests with them', () => {
    const [l, e] = [refresh(), refresh()];
    const row = (token_hash: string) => ({ rows: [inserted('refresh_tokens', { guid: 'G', token_hash })] });
    const of = (hash: string) =>
      write({
        answers: [answer({ refresh_token: l }), answer({ refresh_token: e })],
        legacy: row(sha256(l)),
        engine: row(hash),
      });
    equal(compare(of(sha256(e))).verdict, 'match');
    deepEqual(told(compare(of(sha256(`${e}x`)))), ['value rows.refresh_tokens[guid=G].token_hash']);
  });

  it('are told with the kind that passed them', () => {
    deepEqual(passed(words({ v: randomUUID() }, { v: randomUUID() })), ['equivalence uuid body.v']);
  });

  it('may stand behind a label, which must be the same', () => {
    const of = (label: string) => ({ sub: `${label}:${randomUUID()}` });
    deepEqual(passed(words(of('device'), of('device'))), ['equivalence uuid body.sub']);
    equal(words(of('device'), of('agent')).verdict, 'mismatch');
    equal(words({ sub: 'device:one' }, { sub: 'device:two' }).verdict, 'mismatch');
    const [l, e] = [randomUUID(), randomUUID()];
    const both = (id: string, sub: string) => ({ id, sub: `device:${sub}` });
    equal(words(both(l, l), both(e, e)).verdict, 'match');
    equal(words(both(l, l), both(e, randomUUID())).verdict, 'mismatch');
  });

  it('may stand in the midst of texts', () => {
    const url = (secret: string) => `otpauth://totp/Borealis:admin?secret=${secret}&issuer=Borealis`;
    equal(
      words({ u: url('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP') }, { u: url('KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU') }).verdict,
      'match',
    );
    equal(words({ u: url('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP') }, { u: url('short') }).verdict, 'mismatch');
  });
});
