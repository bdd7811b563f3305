/**
 * The key that access tokens are verified with: the one that lies in the shared file now. The facade issues nothing, so
 * unlike a side it need not hold on to the key of its start.
 */
import { type Ed25519Key, readEd25519Key } from '../../legacy-bridge/keys/ed25519-key-file.js';
import { KeyError } from '../../legacy-bridge/keys/key-error.js';
import { SharedKey } from '../../legacy-bridge/keys/shared-key.js';
import { AccessUnavailableError } from './access-verdict.js';

export class DeviceKey {
  readonly #file: string;
  readonly #monotonic: () => number;
  #shared: SharedKey | undefined;

  /** @param monotonic milliseconds */
  constructor(file: string, monotonic: () => number) {
    this.#file = file;
    this.#monotonic = monotonic;
  }

  /** @throws AccessUnavailableError */
  current(): Promise<Ed25519Key> {
    return this.#read((shared) => shared.current());
  }

  /** With a look at the file in any case: before somebody is told that a signature is wrong. @throws AccessUnavailableError */
  currentByNow(): Promise<Ed25519Key> {
    return this.#read((shared) => shared.currentByNow());
  }

  async #read(from: (shared: SharedKey) => Promise<Ed25519Key>): Promise<Ed25519Key> {
    try {
      this.#shared ??= await this.#load();
      return await from(this.#shared);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      this.#shared = undefined;
      if (error.code === 'key_changed') return this.#read(from);
      throw new AccessUnavailableError(`the key of access tokens can not be read (${error.message})`, error);
    }
  }

  async #load(): Promise<SharedKey> {
    return new SharedKey(this.#file, await readEd25519Key(this.#file), this.#monotonic);
  }
}
