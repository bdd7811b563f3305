/** Failures with the key that protects stored secrets. */
export type SecretErrorCode =
  /** `BOREALIS_SECRET_KEY` holds no key that both sides could use. */
  | 'secret_key_unusable'
  /** The key's file can't be read or made, or holds no Fernet key. */
  | 'secret_key_unreadable'
  /** A stored secret is a Fernet token of another key. */
  | 'secret_sealed_elsewhere';

export class SecretError extends Error {
  readonly code: SecretErrorCode;

  /** @param detail for the operator: which variable or file, and what was expected; never a secret */
  constructor(code: SecretErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, { cause });
    this.name = 'SecretError';
    this.code = code;
  }
}
