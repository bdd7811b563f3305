/** What operators send to sign in, checked for form (operators 3). */

export interface SignInRequest {
  /** Trimmed, not empty. */
  readonly username: string;
  /** Hex SHA-512 of the password, in lower case; any text, as callers may send anything in its place. */
  readonly passwordSha512: string;
}

export interface CodeRequest {
  /** Trimmed; may be empty. */
  readonly pendingToken: string;
  /**
   * Digits alone, those of ASCII wherever they have such a form; any number of them. Undefined for a list or an object, which
   * is refused when its turn comes: the session is looked at first.
   */
  readonly digits: string | undefined;
}

/** A second factor that a session waits for: its password was right. */
export interface PendingSignIn {
  readonly username: string;
  /** Known to whoever has the session; ties an answer to its question. */
  readonly token: string;
  /** `setup`: the secret is not stored before a first code has proved it. */
  readonly stage: 'setup' | 'verify';
  /** Epoch seconds; its last second counts. */
  readonly expires: bigint;
  /** Base32, of stage `setup`; empty else. */
  readonly secret: string;
}
