/**
 * A key that both sides use, watched for the case that they come apart: a file restored, replaced or removed.
 * Looks at the file's identity at most once per second, and reads it only when that changed.
 */
import { stat } from 'node:fs/promises';
import { type Ed25519Key, readEd25519Key } from './ed25519-key-file.js';
import { KeyError } from './key-error.js';

const LOOK_EVERY_MS = 1000;

export class SharedKey {
  readonly #file: string;
  readonly #key: Ed25519Key;
  readonly #monotonic: () => number;
  #identity: string | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param key as loaded from the file at start
   * @param monotonic milliseconds
   */
  constructor(file: string, key: Ed25519Key, monotonic: () => number) {
    this.#file = file;
    this.#key = key;
    this.#monotonic = monotonic;
  }

  /**
   * The key loaded at start, as long as the file still holds it. When it does not, nobody can tell which key the legacy
   * has loaded: better no token than one that the other side answers with 401. A restart takes the new key.
   * @throws KeyError `key_changed`, `key_missing`, `key_unreadable`, as long as it is so
   */
  async current(): Promise<Ed25519Key> {
    return this.#monotonic() - this.#lookedAt < LOOK_EVERY_MS ? this.#key : await this.currentByNow();
  }

  /**
   * The same, with a look at the file in any case: before someone is told that a signature is wrong.
   * @throws KeyError as `current`
   */
  async currentByNow(): Promise<Ed25519Key> {
    const now = this.#monotonic();
    const identity = await identityOf(this.#file);
    if (identity !== this.#identity) {
      const { fingerprint } = await readEd25519Key(this.#file);
      if (fingerprint !== this.#key.fingerprint) throw new KeyError('key_changed', this.#file);
      this.#identity = identity;
    }
    // Only a good look is remembered; while something is wrong, each call looks again.
    this.#lookedAt = now;
    return this.#key;
  }
}

async function identityOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new KeyError(missing ? 'key_missing' : 'key_unreadable', file, error);
  }
}
