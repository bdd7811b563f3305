/** Seals and opens the secrets that both sides store: service accounts and credentials (operators 2.3). */
import { looseBase64 } from '../values/loose-base64.js';
import { type FernetKey, looksLikeFernet, openFernet, sealFernet } from './fernet.js';
import { SecretError } from './secret-error.js';

export class SecretBox {
  readonly #key: FernetKey;

  constructor(key: FernetKey) {
    this.#key = key;
  }

  /**
   * @param now epoch seconds
   * @param iv 16 random bytes
   * @returns a Fernet token as the bytes of its ASCII text, which is what the column holds
   */
  seal(text: string, now: number, iv: Buffer): Buffer {
    return Buffer.from(sealFernet(text, this.#key, now, iv), 'latin1');
  }

  /**
   * Fernet tokens; of older rows base64, else the bytes as text. NULL and empty give the empty text.
   * @throws SecretError `secret_sealed_elsewhere`: the legacy would decode such a token as if it were base64, and hand out
   * what comes of it
   */
  open(stored: Buffer | string | null): string {
    const text = Buffer.isBuffer(stored) ? stored.toString('utf8') : (stored ?? '');
    // The legacy's library skips what is no base64, and padding that is too much.
    const token = text.replace(/\s+/g, '').replace(/=+$/, '');
    const opened = openFernet(token, this.#key);
    if (opened !== undefined) return opened;
    if (looksLikeFernet(token))
      throw new SecretError('secret_sealed_elsewhere', 'a stored secret needs another key than the one in use');
    return looseBase64(text)?.toString('utf8') ?? text;
  }
}
