/** Rows of `users`. */

export interface NewUser {
  readonly username: string;
  readonly displayName: string;
  /** Lower-case hex. */
  readonly passwordSha512: string;
  readonly role: string;
}

export interface UserRepository {
  /** Whether anyone has the role admin, in any case. */
  hasAdmin(): Promise<boolean>;
  /** The id of the user of this name, in any case. */
  findIdByName(username: string): Promise<number | undefined>;
  /** @param now epoch seconds */
  setRole(id: number, role: string, now: number): Promise<void>;
  /** @param now epoch seconds */
  insert(user: NewUser, now: number): Promise<void>;
}
