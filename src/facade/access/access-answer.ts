/** How callers are told that a row does not let them in. One table; the code is the metric label and the word in the log. */
import type { Access } from '../table/access.js';

/** A class of access that somebody has to be for. */
export type Demand = Exclude<Access, 'public'>;

/**
 * Never 401: an agent that meets one deletes its tokens (contract/agent-protocol.md 6.1). Never `fingerprint_mismatch`, which
 * does the same.
 */
export const ACCESS_ANSWERS = {
  access_denied: {
    status: 403,
    reason: 'The row demands a caller, and this one is not. The reason names who is wanted.',
    retryAfter: undefined,
  },
  access_unavailable: {
    status: 503,
    reason:
      'The row demands a caller, and the facade can not tell now who calls: a key or the database can not be read.',
    retryAfter: 5,
  },
} as const satisfies Record<string, { status: number; reason: string; retryAfter: number | undefined }>;

export type AccessAnswerCode = keyof typeof ACCESS_ANSWERS;

/** Who is wanted, as a public sentence. */
export const WANTED: Readonly<Record<Demand, string>> = {
  device: 'Only enrolled devices are served here, with a valid access token.',
  operator: 'Only signed-in operators are served here.',
  admin: 'Only signed-in administrators are served here.',
};

/** What is said while nobody can be told from anybody else. */
export const UNSURE = 'Who is calling can not be verified right now; try again in a moment.';
