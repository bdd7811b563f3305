import { equal } from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { ComparisonInput } from '../../../../src/facade/comparing/comparison.js';
import { sealValue } from '../../../../src/legacy-bridge/operators/signed-value.js';
import { readFernetKey, sealFernet } from '../../../../src/legacy-bridge/secrets/fernet.js';
import {
  answer,
  compare,
  comparedRequest,
  inserted,
  read,
  testRedactor,
  write,
} from '../../../kit/comparison-input.js';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const fernetKey = readFernetKey('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=');
const code = (): string => (randomBytes(16).toString('hex').toUpperCase().match(/.{4}/g) ?? []).join('-');

/** Secrets that are known by their form alone. */
const SECRETS: Readonly<Record<string, () => string>> = {
  jwt: () =>
    `${part({ alg: 'EdDSA', typ: 'JWT' })}.${part({ sub: 'device:G' })}.${randomBytes(64).toString('base64url')}`,
  refresh: () => randomBytes(48).toString('base64url'),
  fernet: () => (fernetKey === undefined ? '' : sealFernet('hunter2', fernetKey, 1_760_000_000, randomBytes(16))),
  session: () =>
    sealValue(Buffer.from('{"role":"Admin","username":"admin"}'), createHmac('sha1', 'k').digest(), 1_760_000_000),
  deflated: () =>
    sealValue(
      Buffer.from(JSON.stringify({ username: 'a'.repeat(99) })),
      createHmac('sha1', 'k').digest(),
      1_760_000_000,
    ),
  pem: () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  otpauth: () =>
    `otpauth://totp/Borealis:admin?secret=${randomBytes(20).toString('hex').toUpperCase()}&issuer=Borealis`,
  code,
  github: () => `ghp_${randomBytes(18).toString('hex')}`,
};
/** Names under which anything at all is a secret. */
const NAMES = [
  'password',
  'Password',
  'become_password',
  'refresh_token',
  'accessToken',
  'client_secret',
  'enrollment_code',
  'private_key',
  'proof_sig',
  'client_nonce',
  'password_sha512',
  'smb_passwd',
  'winrm_pwd',
  'aws_secret_access_key',
  'recovery_key',
  'tokens',
  'passcode',
];

/** Ways in which a text may lie inside of another. */
const WRAPS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  sentence: (text) => `failed for ${text} at start`,
  json: (text) => JSON.stringify({ note: text }),
  'json in json': (text) => JSON.stringify({ note: JSON.stringify({ inner: [text] }) }),
  base64: (text) => Buffer.from(text).toString('base64'),
  'base64 of json': (text) => Buffer.from(JSON.stringify({ a: text })).toString('base64'),
  base64url: (text) => `x ${Buffer.from(`a ${text}`).toString('base64url')} y`,
};
const NAMED: Readonly<Record<string, (name: string, text: string) => string>> = {
  json: (name, text) => JSON.stringify({ [name]: text }),
  'json in json': (name, text) => JSON.stringify({ a: JSON.stringify({ [name]: text }) }),
  'json cut off': (name, text) => JSON.stringify({ a: { [name]: text } }).slice(0, -1),
  'escaped json cut off': (name, text) => JSON.stringify({ a: JSON.stringify({ [name]: text }) }).slice(0, -1),
  query: (name, text) => `${name}=${encodeURIComponent(text)}&x=1`,
  base64: (name, text) => Buffer.from(JSON.stringify({ [name]: text })).toString('base64'),
  argument: (name, text) => `connect --${name} ${text} -v`,
  'argument in quotes': (name, text) => `Connect-Host -${name} '${text}' -Force`,
};

/** Pieces of the secret that no redacted text may hold: all that is long enough to be of use, and its escaped forms. */
function piecesOf(secret: string): string[] {
  const tail = secret.trim().split(/\n/).at(-2) ?? secret;
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    tail,
    tail.slice(-24),
    Buffer.from(secret).toString('base64').slice(4, -6),
  ];
}

function leaks(shown: unknown, secret: string): string | undefined {
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
  return piecesOf(secret).find((piece) => piece.length >= 8 && text.includes(piece));
}

describe('planted secrets', () => {
  for (const [kind, make] of Object.entries(SECRETS))
    for (const [way, wrap] of Object.entries(WRAPS))
      it(`of kind ${kind} leave no trace, ${way}`, () => {
        const secret = make();
        const text = wrap(secret);
        const shown = {
          text: testRedactor.text(text),
          body: testRedactor.answer(answer({ field: text })),
          raw: testRedactor.answer(answer(text, { headers: [['content-type', 'text/plain']] })),
          request: testRedactor.request(
            comparedRequest({
              target: `/a?q=${encodeURIComponent(text)}`,
              headers: [['x-note', text]],
              body: Buffer.from(text),
            }),
          ),
          effects: testRedactor.effects({
            rows: [inserted('t', { note: text, raw: { blob: Buffer.from(text).toString('base64') } })],
            events: [{ event: 'e', room: text, payload: [text] }],
            calls: [{ method: 'GET', url: `https://x/${encodeURIComponent(text)}` }],
          }),
        };
        equal(leaks(shown, secret), undefined);
      });

  for (const name of NAMES)
    for (const [way, wrap] of Object.entries(NAMED))
      it(`under the name ${name} leave no trace, ${way}`, () => {
        const secret = 'hunter2-correct-horse';
        const shown = {
          text: testRedactor.text(wrap(name, secret)),
          body: testRedactor.answer(answer(wrap(name, secret))),
        };
        equal(leaks(shown, secret), undefined, JSON.stringify(shown));
      });

  it('under a secret name leave no trace, whatever they are and however deep they lie', () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 40 })
      .filter((text) => text.trim().length >= 8 && !text.startsWith('[redacted:'));
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom(...NAMES),
        fc.array(fc.constantFrom('a', 0), { maxLength: 4 }),
        (text, name, levels) => {
          const deep = levels.reduce<unknown>((inner, level) => (level === 0 ? [inner] : { a: inner }), {
            [name]: text,
          });
          const shown = JSON.stringify([testRedactor.json(deep), testRedactor.answer(answer(deep)).body.text]);
          return !shown.includes(JSON.stringify(text).slice(1, -1));
        },
      ),
    );
  });
});

describe('what comparisons tell', () => {
  const secretOf = (result: object, secret: string) => equal(leaks(result, secret), undefined, JSON.stringify(result));

  it('is a leaked secret by its place, not by its value', () => {
    for (const make of Object.values(SECRETS)) {
      const secret = make();
      const result = compare(read(answer({ ok: true }), answer({ ok: true, debug: secret })));
      equal(result.verdict, 'mismatch');
      equal(result.differences[0]?.path, 'body.debug');
      secretOf(result, secret);
    }
  });

  it('holds no secret of a cookie, a row, an event, a path', () => {
    const secret = SECRETS.refresh?.() ?? '';
    const cases: ComparisonInput[] = [
      read(answer('{}'), answer('{}', { headers: [['set-cookie', 'session=hunter2hunter2; Path=/']] })),
      write({
        engine: {
          rows: [inserted('users', { username: 'u', password_sha512: 'hunter2hunter2', mfa_secret: 'hunter2hunter2' })],
        },
      }),
      write({ legacy: { events: [{ event: 'e', room: null, payload: { become_password: 'hunter2hunter2' } }] } }),
      read(answer({ code: 'hunter2hunter2' }), answer({ code: 'hunter2hunter3' })),
      read(answer('{}'), answer({ [secret]: 1 })),
      read(answer(`{"a":"${'x'.repeat(100_000)} ${secret}`), answer(`{"a":"${'x'.repeat(100_000)} ${secret}y`)),
    ];
    for (const input of cases) {
      const result = compare(input);
      equal(result.verdict, 'mismatch');
      secretOf(result, 'hunter2hunter2');
      secretOf(result, secret);
    }
  });
});
