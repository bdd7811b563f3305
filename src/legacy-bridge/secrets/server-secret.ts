/**
 * The key of stored secrets, found where the legacy finds it: variable, file, or made new (operators 2.3). Where the legacy
 * would store plain text for want of a usable key, this refuses.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { looseBase64 } from '../values/loose-base64.js';
import { trimmed } from '../values/python-text.js';
import { type FernetKey, readFernetKey } from './fernet.js';
import { SecretError } from './secret-error.js';

export interface SecretSources {
  /** `BOREALIS_SECRET_KEY`; undefined when not set or empty. */
  readonly variable: string | undefined;
  /** Files that may hold the key, the likeliest first. A new key is written to the first. */
  readonly files: readonly [string, ...string[]];
}

export interface LoadedSecret {
  readonly key: FernetKey;
  /** The file that was read or made; undefined when the variable holds the key. */
  readonly file: string | undefined;
  /** No file was there: whoever else uses the key has to read it from the new one. */
  readonly created: boolean;
}

/** @throws SecretError `secret_key_unusable`, `secret_key_unreadable` */
export async function loadServerSecret({ variable, files }: SecretSources): Promise<LoadedSecret> {
  const fromVariable = variable === undefined ? undefined : keyOfVariable(variable);
  if (fromVariable !== undefined) return { key: fromVariable, file: undefined, created: false };
  for (const file of files) {
    const key = await keyOfFile(file);
    if (key !== undefined) return { key, file, created: false };
  }
  const [file] = files;
  try {
    await createKeyFile(file);
  } catch (error) {
    throw new SecretError('secret_key_unreadable', `${file}: can't be made`, error);
  }
  const key = await keyOfFile(file);
  if (key === undefined) throw new SecretError('secret_key_unreadable', `${file}: gone after it was made`);
  return { key, file, created: true };
}

/** The variable holds base64 of the key's text; a text that is no base64 at all counts as it is, when its length fits. */
function keyOfVariable(variable: string): FernetKey | undefined {
  const decoded = looseBase64(variable);
  if (decoded === undefined && variable.length !== 32 && variable.length !== 44) return undefined;
  const key = readFernetKey(decoded?.toString('latin1') ?? variable);
  if (key !== undefined) return key;
  throw new SecretError(
    'secret_key_unusable',
    'BOREALIS_SECRET_KEY: expected base64 of the 44 characters of a Fernet key; with this value the legacy stores passwords in plain base64',
  );
}

async function keyOfFile(file: string): Promise<FernetKey | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SecretError('secret_key_unreadable', `${file}: can't be read`, error);
  }
  const key = readFernetKey(trimmed(text));
  if (key !== undefined) return key;
  throw new SecretError('secret_key_unreadable', `${file}: expected the 44 characters of a Fernet key`);
}

/** Of two processes that start at once the first one's key stays; the file appears whole or not at all. */
async function createKeyFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    // 32 bytes always end in exactly one `=`.
    await handle.writeFile(`${randomBytes(32).toString('base64url')}=`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
}
