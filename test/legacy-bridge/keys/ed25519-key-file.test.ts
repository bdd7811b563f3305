/** Key files: made once, never replaced, found where older installations have them, watched for change. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  ensureEd25519Key,
  moveOlderKey,
  readEd25519Key,
  writePublicDer,
} from '../../../src/legacy-bridge/keys/ed25519-key-file.js';
import { KeyError } from '../../../src/legacy-bridge/keys/key-error.js';
import { keepKeyFilePrivate } from '../../../src/legacy-bridge/keys/key-file-mode.js';
import { SharedKey } from '../../../src/legacy-bridge/keys/shared-key.js';
import { projectRoot } from '../../kit/python.js';

const run = promisify(execFile);
const isKeyError = (code: string) => (error: unknown) => error instanceof KeyError && error.code === code;

describe('Ed25519 key files', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
    file = join(folder, 'auth_keys', 'jwt.key');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are made with mode 0600, whole, and stay', async () => {
    const first = await ensureEd25519Key(file);
    const again = await ensureEd25519Key(file);
    assert.equal(again.fingerprint, first.fingerprint);
    assert.equal(first.kid, first.fingerprint.slice(0, 16));
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(dirname(file)), ['jwt.key']);
  });

  it('are the same for processes that start at once', async () => {
    const module = JSON.stringify(join(projectRoot, 'src/legacy-bridge/keys/ed25519-key-file.ts'));
    const program = `import(${module}).then(async (m) => console.log((await m.ensureEd25519Key(${JSON.stringify(file)})).kid))`;
    const starts = Array.from({ length: 4 }, () =>
      run(process.execPath, ['--import', 'tsx', '-e', program], { cwd: projectRoot }),
    );
    const within = Array.from({ length: 20 }, () => ensureEd25519Key(file));
    const kids = [
      ...(await Promise.all(starts)).map(({ stdout }) => stdout.trim()),
      ...(await Promise.all(within)).map(({ kid }) => kid),
    ];
    assert.equal(new Set(kids).size, 1, kids.join(' '));
  });

  it('can be read by Python, and Python can write them', async () => {
    const key = await ensureEd25519Key(file);
    const program = `
import hashlib, sys
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ed25519
key = s.load_pem_private_key(open(sys.argv[1], 'rb').read(), None)
print(hashlib.sha256(key.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)).hexdigest())
made = ed25519.Ed25519PrivateKey.generate()
open(sys.argv[2], 'wb').write(made.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
print(hashlib.sha256(made.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)).hexdigest())`;
    const other = join(folder, 'other.key');
    const { stdout } = await run(`${projectRoot}scripts/python`, ['-c', program, file, other]);
    const [read, written] = stdout.trim().split('\n');
    assert.equal(read, key.fingerprint);
    assert.equal((await readEd25519Key(other)).fingerprint, written);
  });

  it('that hold something else are never replaced', async () => {
    await ensureEd25519Key(file);
    await writeFile(file, 'not a key');
    await assert.rejects(ensureEd25519Key(file), isKeyError('key_unreadable'));
    assert.equal(await readFile(file, 'utf8'), 'not a key');
  });

  it('move from their older place, unless there is one already', async () => {
    const older = join(folder, 'keys', 'jwt.key');
    const old = await ensureEd25519Key(older);
    assert.equal(await moveOlderKey(older, file), true);
    assert.equal((await readEd25519Key(file)).fingerprint, old.fingerprint);
    await assert.rejects(readEd25519Key(older), isKeyError('key_missing'));
    await ensureEd25519Key(older);
    assert.equal(await moveOlderKey(older, file), false);
    assert.equal((await readEd25519Key(file)).fingerprint, old.fingerprint);
    assert.equal(await moveOlderKey(join(folder, 'nowhere'), file), false);
  });

  it('are closed to others while they move, and after', async () => {
    const older = join(folder, 'keys', 'jwt.key');
    await ensureEd25519Key(older);
    await chmod(older, 0o644);
    assert.equal(await moveOlderKey(older, file), true);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    // Where its new place can't be made, the older file is closed all the same: that comes first.
    const inTheWay = join(folder, 'in-the-way');
    await ensureEd25519Key(older);
    await chmod(older, 0o644);
    await writeFile(inTheWay, '');
    assert.equal(await moveOlderKey(older, join(inTheWay, 'jwt.key')), false);
    assert.equal((await stat(older)).mode & 0o777, 0o600);
  });

  it('that others may use are closed by their owner, and told by anyone else', async () => {
    await ensureEd25519Key(file);
    const { uid, gid } = await stat(file);
    assert.deepEqual(await keepKeyFilePrivate(file), { state: 'private', mode: '0600' });
    for (const mode of [0o644, 0o640, 0o602, 0o777]) {
      await chmod(file, mode);
      const told = mode.toString(8).padStart(4, '0');
      assert.deepEqual(await keepKeyFilePrivate(file, { uid: uid + 1, gid }), { state: 'open', mode: told });
      assert.deepEqual(await keepKeyFilePrivate(file, null), { state: 'private', mode: told });
      assert.equal((await stat(file)).mode & 0o777, mode);
      assert.deepEqual(await keepKeyFilePrivate(file, { uid, gid }), { state: 'tightened', mode: told });
      assert.equal((await stat(file)).mode & 0o777, 0o600);
    }
    await chmod(file, 0o400);
    assert.deepEqual(await keepKeyFilePrivate(file), { state: 'private', mode: '0400' });
    await assert.rejects(keepKeyFilePrivate(join(folder, 'nothing')), isKeyError('key_unreadable'));
  });

  it('stay readable for a group that somebody chose, and for nobody else', async () => {
    await ensureEd25519Key(file);
    const { uid, gid } = await stat(file);
    const owner = { uid, gid: gid + 1 };
    await chmod(file, 0o664);
    assert.deepEqual(await keepKeyFilePrivate(file, owner), { state: 'tightened', mode: '0664' });
    assert.equal((await stat(file)).mode & 0o777, 0o640);
    assert.deepEqual(await keepKeyFilePrivate(file, owner), { state: 'shared', mode: '0640' });
    assert.deepEqual(await keepKeyFilePrivate(file, { ...owner, uid: uid + 1 }), { state: 'shared', mode: '0640' });
  });

  it('have their public half beside them', async () => {
    const key = await ensureEd25519Key(file);
    await writePublicDer(join(folder, 'jwt.pub'), key);
    assert.deepEqual(await readFile(join(folder, 'jwt.pub')), key.publicDer);
    assert.equal(key.publicDer.length, 44);
  });

  it('are no longer used once the file holds another key, or none, until it is back', async () => {
    const key = await ensureEd25519Key(file);
    const pem = await readFile(file);
    let clock = 0;
    const shared = new SharedKey(file, key, () => clock);
    assert.equal((await shared.current()).kid, key.kid);
    await rm(file);
    await ensureEd25519Key(file);
    assert.equal((await shared.current()).kid, key.kid, 'looks at most once a second');
    clock += 1000;
    await assert.rejects(shared.current(), isKeyError('key_changed'));
    await assert.rejects(shared.current(), isKeyError('key_changed'));
    await rm(file);
    await assert.rejects(shared.current(), isKeyError('key_missing'));
    await writeFile(file, pem);
    assert.equal((await shared.current()).kid, key.kid);
  });
});
