/** Rows of `users`. */

export interface NewUser {
  readonly username: string;
  readonly displayName: string;
  /** Lower-case hex. */
  readonly passwordSha512: string;
  readonly role: string;
}

/** An account as stored. */
export interface AccountRow {
  readonly id: number;
  readonly username: string;
  readonly displayName: string | null;
  readonly role: string | null;
  /** Hex in any case; other texts are possible. */
  readonly passwordSha512: string;
  readonly mfaEnabled: boolean;
  /** Base32, blanks and any case possible. */
  readonly mfaSecret: string | null;
}

export interface UserRepository {
  /** The oldest account of this name, in any case of its ASCII letters. */
  findAccountByName(username: string): Promise<AccountRow | undefined>;
  /** Of every account of this name in any case. @param now epoch seconds */
  markSignedIn(username: string, now: number): Promise<void>;
  /** @param now epoch seconds */
  setMfaSecret(id: number, secret: string, now: number): Promise<void>;
  /** Whether anyone has the role admin, in any case. */
  hasAdmin(): Promise<boolean>;
  /** The id of the user of this name, in any case. */
  findIdByName(username: string): Promise<number | undefined>;
  /** @param now epoch seconds */
  setRole(id: number, role: string, now: number): Promise<void>;
  /** @param now epoch seconds */
  insert(user: NewUser, now: number): Promise<void>;
}
