/**
 * Who an operator's request says it is from, by what both sides sign. Only names what was signed: whether the account
 * still exists, and which role it has now, is for the caller to look up.
 */
import { hasLoneSurrogate } from '../values/parse-json.js';
import { trimmed } from '../values/python-text.js';
import type { PythonValue } from '../values/python-value.js';
import { readCookie } from './cookie-header.js';
import { openOperatorToken, TOKEN_COOKIE } from './operator-token.js';
import { openSession, SESSION_COOKIE } from './session-cookie.js';

/** Headers as Node gives them. */
export interface OperatorHeaders {
  readonly cookie: string | undefined;
  readonly authorization: string | undefined;
}

export interface OperatorTerms {
  readonly secret: string;
  /** Undefined: no operator token is accepted. */
  readonly tokenTtlSeconds: number | undefined;
}

export interface SignedOperator {
  /** As signed, not empty; the legacy trims it and compares ASCII letters without case. */
  readonly username: string;
  /** As signed; `User` when none was. */
  readonly role: string;
  readonly by: 'session' | 'bearer' | 'token-cookie';
}

/**
 * Session, bearer, token cookie: the first that is present decides, even if a later one would be better (operators 1.3).
 * A session that does not verify, or names nobody, counts as absent; a token that does not verify is nobody.
 */
export function identifyOperator(
  { cookie, authorization }: OperatorHeaders,
  { secret, tokenTtlSeconds }: OperatorTerms,
  nowSeconds: number,
): SignedOperator | undefined {
  const session = openSession(readCookie(cookie, SESSION_COOKIE) ?? '', secret, nowSeconds);
  const signedIn = named(session?.get('username'), session?.get('role'), 'session');
  if (signedIn !== undefined) return signedIn;
  const byToken = (token: string, by: SignedOperator['by']): SignedOperator | undefined => {
    const facts = openOperatorToken(token, secret, tokenTtlSeconds, nowSeconds);
    return facts && named(facts.username, facts.role, by);
  };
  if (authorization?.slice(0, 'bearer '.length).toLowerCase() === 'bearer ')
    return byToken(trimmed(authorization.slice('bearer '.length)), 'bearer');
  return byToken(readCookie(cookie, TOKEN_COOKIE) ?? '', 'token-cookie');
}

/** The legacy also takes a token without a name for a caller; nobody has such an account. */
function named(
  username: PythonValue | undefined,
  role: PythonValue | undefined,
  by: SignedOperator['by'],
): SignedOperator | undefined {
  if (typeof username !== 'string' || username === '' || hasLoneSurrogate(username)) return undefined;
  return { username, role: typeof role === 'string' && role !== '' ? role : 'User', by };
}
