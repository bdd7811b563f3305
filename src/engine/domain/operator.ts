/** Someone who works with the server through its web interface, as his account is now. */

export interface Operator {
  readonly id: number;
  /** As stored. */
  readonly username: string;
  /** The name when there is no other. */
  readonly displayName: string;
  /** `User` when the account has none. */
  readonly role: string;
}

export function isAdmin({ role }: Operator): boolean {
  return role.toLowerCase() === 'admin';
}

/** What an account without a role may do. */
export const DEFAULT_ROLE = 'User';
