/** Failures with the key files that both sides share. */
export type KeyErrorCode =
  /** The file exists but can't be read, or holds no unencrypted Ed25519 PKCS8 PEM. */
  | 'key_unreadable'
  /** No file, and none can be made. */
  | 'key_not_created'
  /** The file holds another key than the one in use. */
  | 'key_changed'
  /** The file is gone. */
  | 'key_missing';

export class KeyError extends Error {
  readonly code: KeyErrorCode;
  readonly file: string;

  constructor(code: KeyErrorCode, file: string, cause?: unknown) {
    super(`${code}: ${file}`, { cause });
    this.name = 'KeyError';
    this.code = code;
    this.file = file;
  }
}
