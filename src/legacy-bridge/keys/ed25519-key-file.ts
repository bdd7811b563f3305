/**
 * Ed25519 key files: read, or made once for all. Never overwrites a key: agents hold tokens signed by it.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeyError } from './key-error.js';
import { keepKeyFilePrivate } from './key-file-mode.js';

export interface Ed25519Key {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SPKI DER of the public key. */
  readonly publicDer: Buffer;
  /** SHA-256 over it, lower-case hex. */
  readonly fingerprint: string;
  /** Its first 16 digits: the `kid` of tokens. */
  readonly kid: string;
}

/** A key that may have been made just now. */
export interface EnsuredKey extends Ed25519Key {
  /** No file was there: whoever else uses this key has to read it from here. */
  readonly created: boolean;
}

/** @throws KeyError `key_missing`, `key_unreadable` */
export async function readEd25519Key(file: string): Promise<Ed25519Key> {
  return describe(await readPem(file), file);
}

/**
 * The key of this file, made when absent (PKCS8 PEM, mode 0600). Two processes that start at once end with the same key:
 * the file appears whole or not at all, and the first one stays.
 * @throws KeyError `key_unreadable`, `key_not_created`
 */
export async function ensureEd25519Key(file: string): Promise<EnsuredKey> {
  try {
    return { ...(await readEd25519Key(file)), created: false };
  } catch (error) {
    if (!(error instanceof KeyError) || error.code !== 'key_missing') throw error;
  }
  try {
    await create(file);
  } catch (error) {
    throw new KeyError('key_not_created', file, error);
  }
  return { ...(await readEd25519Key(file)), created: true };
}

/** Moves a key from where older installations have it; does nothing when there is none, or a newer one. */
export async function moveOlderKey(older: string, file: string): Promise<boolean> {
  try {
    await readFile(older);
    // First of all: under its new name too the file is then never open to others.
    await keepKeyFilePrivate(older);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await placeNew(older, file);
    await unlink(older);
    return true;
  } catch (error) {
    if (error instanceof KeyError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EEXIST' || code === 'ENOTDIR') return false;
    throw new KeyError('key_not_created', file, error);
  }
}

/** Writes the public half beside a key, as the legacy does; an equal file is left alone. */
export async function writePublicDer(file: string, key: Ed25519Key): Promise<void> {
  const present = await readFile(file).catch(() => undefined);
  if (present?.equals(key.publicDer)) return;
  const draft = `${file}.${process.pid}.tmp`;
  await writeWhole(draft, key.publicDer, 0o644);
  await rename(draft, file);
}

async function create(file: string): Promise<void> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${createHash('sha256').update(pem).digest('hex').slice(0, 8)}.tmp`;
  await writeWhole(draft, pem, 0o600);
  try {
    await placeNew(draft, file);
  } catch (error) {
    // Another process was first; its key is the key.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
}

/** Fails with EEXIST where a file is, which a rename would replace. Some file systems have no links. */
async function placeNew(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'].includes(code)) throw error;
    await copyFile(draft, file, constants.COPYFILE_EXCL);
  }
}

/** On disk before it gets its name, so that a power cut leaves no empty key. */
async function writeWhole(file: string, data: string | Buffer, mode: number): Promise<void> {
  const handle = await open(file, 'w', mode);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new KeyError(missing ? 'key_missing' : 'key_unreadable', file, error);
  }
}

function describe(pem: Buffer, file: string): Ed25519Key {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: pem, format: 'pem' });
  } catch (error) {
    throw new KeyError('key_unreadable', file, error);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new KeyError('key_unreadable', file);
  const publicKey = createPublicKey(privateKey);
  const publicDer = publicKey.export({ format: 'der', type: 'spki' });
  const fingerprint = createHash('sha256').update(publicDer).digest('hex');
  return { privateKey, publicKey, publicDer, fingerprint, kid: fingerprint.slice(0, 16) };
}
