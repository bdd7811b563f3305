/** Stored secrets: the contract's vector, what Python seals and opens, older forms, and keys that are refused. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FernetKey, readFernetKey, sealFernet } from '../../../src/legacy-bridge/secrets/fernet.js';
import { SecretBox } from '../../../src/legacy-bridge/secrets/secret-box.js';
import { loadServerSecret } from '../../../src/legacy-bridge/secrets/server-secret.js';
import { looseBase64 } from '../../../src/legacy-bridge/values/loose-base64.js';
import { projectRoot } from '../../kit/python.js';

const KEY_TEXT = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const VECTOR = 'gAAAAABo53gAAAECAwQFBgcICQoLDA0OD_LHKHSjztVpKDcLmV_w3Ob7Wo3xlOAkXeWTiuG03FVQBjYfA_65IJVlXzPhWJLYNg==';

function key(text = KEY_TEXT): FernetKey {
  const read = readFernetKey(text);
  assert.ok(read);
  return read;
}

describe('stored secrets', () => {
  const box = new SecretBox(key());

  it('seal as the contract says', () => {
    const iv = Buffer.from(Array.from({ length: 16 }, (_, index) => index));
    assert.equal(sealFernet('s3crét', key(), 1_760_000_000, iv), VECTOR);
  });

  it('are opened from a BLOB as from a text', () => {
    assert.equal(box.open(VECTOR), 's3crét');
    assert.equal(box.open(Buffer.from(VECTOR)), 's3crét');
  });

  it('of one side are opened by the other', () => {
    const program = `
import sys
from cryptography.fernet import Fernet
box = Fernet(sys.argv[1])
print(box.decrypt(sys.argv[2].encode()).decode())
print(box.encrypt('Gerät "1"'.encode()).decode())`;
    const ours = box.seal('pass wörd', 1_760_000_000, randomBytes(16)).toString('latin1');
    const out = execFileSync(`${projectRoot}scripts/python`, ['-c', program, KEY_TEXT, ours], {
      encoding: 'utf8',
      env: { ...process.env, PYTHONIOENCODING: 'utf8' },
    });
    const [theirs, sealed = ''] = out.trim().split('\n');
    assert.equal(theirs, 'pass wörd');
    assert.equal(box.open(sealed), 'Gerät "1"');
  });

  it('in the forms of older rows are read: base64, else plain text', () => {
    assert.equal(box.open(Buffer.from(Buffer.from('old pässword').toString('base64'))), 'old pässword');
    assert.equal(box.open('b2xkIHBhc3N3b3Jk'), 'old password');
    assert.equal(box.open('plain'), 'plain');
    assert.equal(box.open(Buffer.from([0xff, 0xfe, 0x41])), '\ufffd\ufffdA');
    assert.equal(box.open(null), '');
    assert.equal(box.open(Buffer.alloc(0)), '');
  });

  it('with blanks or padding that do not belong there are the same secrets, and never taken for plain text', () => {
    const bare = VECTOR.replace(/=+$/, '');
    const other = new SecretBox(key(`${randomBytes(32).toString('base64url')}=`));
    for (const token of [
      `${VECTOR}\n`,
      ` ${VECTOR}`,
      `${VECTOR}=`,
      bare,
      `${VECTOR.slice(0, 60)}\n${VECTOR.slice(60)}`,
    ]) {
      assert.equal(box.open(token), 's3crét', JSON.stringify(token));
      assert.throws(() => other.open(token), { code: 'secret_sealed_elsewhere' }, JSON.stringify(token));
    }
    assert.equal(box.open(' plain = '), ' plain = ');
  });

  it('of another key, or tampered with, are refused rather than decoded as base64', () => {
    const other = new SecretBox(key(`${randomBytes(32).toString('base64url')}=`));
    const tampered = VECTOR.replace('LHKH', 'LHKG');
    for (const [opener, token] of [
      [other, VECTOR],
      [box, tampered],
    ] as const)
      assert.throws(() => opener.open(token), { name: 'SecretError', code: 'secret_sealed_elsewhere' });
  });
});

describe('loose base64', () => {
  it('skips what is outside its alphabet and demands its padding', () => {
    for (const [text, expected] of [
      ['YWJj', 'abc'],
      ['Y W\nJ-j_', 'abc'],
      ['YWI=', 'ab'],
      ['YWI', undefined],
      ['YQ=', undefined],
      ['Y', undefined],
      ['', ''],
    ] as const)
      assert.equal(looseBase64(text)?.toString(), expected, text);
  });
});

describe('the key of stored secrets', () => {
  let folder: string;
  const file = (name = 'server_secret.key') => join(folder, name);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secret-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone, also when several start at once', async () => {
    const sources = { variable: undefined, files: [join(folder, 'deep', 'server_secret.key')] as const };
    const loaded = await Promise.all(Array.from({ length: 8 }, () => loadServerSecret(sources)));
    assert.equal(new Set(loaded.map(({ key: { signing } }) => signing.toString('hex'))).size, 1);
    assert.equal((await stat(sources.files[0])).mode & 0o777, 0o600);
    assert.equal((await readFile(sources.files[0], 'utf8')).length, 44);
    assert.equal((await loadServerSecret(sources)).created, false);
  });

  it('is read from the first file that exists, blanks around it allowed', async () => {
    await writeFile(file('second'), ` ${KEY_TEXT}\n`);
    const loaded = await loadServerSecret({ variable: undefined, files: [file(), file('second')] });
    assert.deepEqual([loaded.file, loaded.key], [file('second'), key()]);
  });

  it('is taken from the variable, which holds base64 of its text', async () => {
    const variable = Buffer.from(KEY_TEXT).toString('base64');
    const loaded = await loadServerSecret({ variable, files: [file()] });
    assert.deepEqual(loaded, { key: key(), file: undefined, created: false });
  });

  it('in a variable that would make the legacy store plain text is refused, and named', async () => {
    await assert.rejects(loadServerSecret({ variable: KEY_TEXT, files: [file()] }), (error: Error) => {
      assert.match(error.message, /secret_key_unusable: BOREALIS_SECRET_KEY: expected base64 of the 44 characters/);
      assert.doesNotMatch(error.message, /AAEC/);
      return true;
    });
  });

  it('in a file that holds something else is refused, and the file left alone', async () => {
    await writeFile(file(), 'not a key');
    await assert.rejects(loadServerSecret({ variable: undefined, files: [file()] }), {
      code: 'secret_key_unreadable',
      message: `secret_key_unreadable: ${file()}: expected the 44 characters of a Fernet key`,
    });
    assert.equal(await readFile(file(), 'utf8'), 'not a key');
  });
});
