/** Reads and writes what a signed-in browser carries: the session and the operator token, in the legacy's own form. */

import { readCookie } from '../../legacy-bridge/operators/cookie-header.js';
import {
  type CookieAttributes,
  sessionCookieDeletion,
  sessionCookieLine,
  tokenCookieDeletion,
  tokenCookieLine,
} from '../../legacy-bridge/operators/cookie-lines.js';
import { sealOperatorToken, type TokenFacts } from '../../legacy-bridge/operators/operator-token.js';
import {
  openSession,
  SESSION_COOKIE,
  type Session,
  sealSession,
} from '../../legacy-bridge/operators/session-cookie.js';
import { integerOf } from '../../legacy-bridge/values/python-int.js';
import { isPythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import type { PendingSignIn } from '../domain/sign-in.js';
import type { RequestContext } from './request-context.js';

const PENDING = 'mfa_pending';
/** Keys that say who is signed in. */
const IDENTITY = ['username', 'role'] as const;

export class SessionService {
  readonly #secret: string;
  readonly #attributes: CookieAttributes;

  constructor(secret: string, attributes: CookieAttributes) {
    this.#secret = secret;
    this.#attributes = attributes;
  }

  /** @param cookie the request's header. @returns an empty session where there is none, or none that verifies */
  read(cookie: string | undefined, { clock }: RequestContext): Session {
    return openSession(readCookie(cookie, SESSION_COOKIE) ?? '', this.#secret, seconds(clock.now())) ?? new Map();
  }

  /** The line that a changed session needs; one without keys is deleted. */
  line(session: Session, { clock }: RequestContext): string {
    if (session.size === 0) return sessionCookieDeletion(this.#attributes);
    return sessionCookieLine(sealSession(session, this.#secret, seconds(clock.now())), this.#attributes);
  }

  newToken(facts: TokenFacts, { clock }: RequestContext): string {
    return sealOperatorToken(facts, this.#secret, seconds(clock.now()));
  }

  tokenLine(token: string): string {
    return tokenCookieLine(token, this.#attributes);
  }

  /** Lines that sign a browser out, whatever it carries. */
  signOutLines(): readonly string[] {
    return [tokenCookieDeletion(this.#attributes), sessionCookieDeletion(this.#attributes)];
  }
}

export function signedIn(session: Session, { username, role }: TokenFacts): Session {
  return new Map([...withoutPending(session), ['username', username], ['role', role]]);
}

export function withPending(session: Session, pending: PendingSignIn, role: string): Session {
  const { username, token, stage, expires, secret } = pending;
  const value = new Map<string, PythonValue>([
    ['username', username],
    ['role', role],
    ['token', token],
    ['stage', stage],
    ['expires', expires],
    ['secret', stage === 'setup' ? secret : null],
  ]);
  return new Map([...session, [PENDING, value] as const].filter(([key]) => !IDENTITY.some((name) => name === key)));
}

export function withoutPending(session: Session): Session {
  return new Map([...session].filter(([key]) => key !== PENDING));
}

/** @returns undefined when the session waits for no second factor */
export function pendingOf(session: Session): PendingSignIn | undefined {
  const pending = session.get(PENDING);
  if (!isPythonObject(pending)) return undefined;
  const text = (name: string): string => {
    const value = pending.get(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    username: text('username'),
    token: text('token'),
    stage: text('stage') === 'setup' ? 'setup' : 'verify',
    expires: integerOf(pending.get('expires')) ?? 0n,
    secret: text('secret'),
  };
}

function seconds(now: number): number {
  return Math.floor(now / 1000);
}
