/** The `Set-Cookie` lines of the two cookies of an operator, as the legacy writes them (operators 2). */
import { TOKEN_COOKIE } from './operator-token.js';
import { SESSION_COOKIE } from './session-cookie.js';

/** What the environment asks for on both cookies. */
export interface CookieAttributes {
  readonly sameSite: 'Lax' | 'Strict' | 'None';
  readonly secure: boolean;
  readonly domain: string | undefined;
}

export interface CookieSettings {
  readonly attributes: CookieAttributes;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

const LONG_PAST = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';
const SAME_SITE: Readonly<Record<string, CookieAttributes['sameSite']>> = {
  lax: 'Lax',
  strict: 'Strict',
  none: 'None',
};
const YES: ReadonlySet<string> = new Set(['1', 'true', 'yes']);

/** Ends with the browser: no `Max-Age`. */
export function sessionCookieLine(value: string, { sameSite, secure, domain }: CookieAttributes): string {
  return line(
    `${SESSION_COOKIE}=${value}`,
    domainPart(domain),
    secure && 'Secure',
    'HttpOnly',
    'Path=/',
    `SameSite=${sameSite}`,
  );
}

export function sessionCookieDeletion({ sameSite, secure, domain }: CookieAttributes): string {
  return line(
    `${SESSION_COOKIE}=`,
    domainPart(domain),
    LONG_PAST,
    'Max-Age=0',
    secure && 'Secure',
    'HttpOnly',
    'Path=/',
    `SameSite=${sameSite}`,
  );
}

/** Readable by scripts: the web interface sends it as a bearer. */
export function tokenCookieLine(value: string, { sameSite, secure, domain }: CookieAttributes): string {
  return line(`${TOKEN_COOKIE}=${value}`, domainPart(domain), secure && 'Secure', 'Path=/', `SameSite=${sameSite}`);
}

/** With the domain, without which a browser keeps the cookie of a domain; the legacy forgets it. */
export function tokenCookieDeletion({ domain }: CookieAttributes): string {
  return line(`${TOKEN_COOKIE}=`, domainPart(domain), LONG_PAST, 'Path=/');
}

/** @param env the process's environment */
export function readCookieAttributes(env: Readonly<Record<string, string | undefined>>): CookieSettings {
  const problems: string[] = [];
  const warnings: string[] = [];
  const sameSite = SAME_SITE[(env.BOREALIS_COOKIE_SAMESITE || 'Lax').trim().toLowerCase()];
  if (sameSite === undefined) problems.push('BOREALIS_COOKIE_SAMESITE: expected Lax, Strict or None');
  const secure = YES.has((env.BOREALIS_COOKIE_SECURE ?? '').trim().toLowerCase());
  if (sameSite === 'None' && !secure)
    warnings.push('BOREALIS_COOKIE_SAMESITE is None without BOREALIS_COOKIE_SECURE: browsers drop such cookies');
  const domain = (env.BOREALIS_COOKIE_DOMAIN ?? '').trim() || undefined;
  if (domain !== undefined && !/^\.?[a-zA-Z\d](?:[a-zA-Z\d.-]*[a-zA-Z\d])?$/.test(domain))
    problems.push('BOREALIS_COOKIE_DOMAIN: expected a host name in ASCII letters');
  return { attributes: { sameSite: sameSite ?? 'Lax', secure, domain }, problems, warnings };
}

function domainPart(domain: string | undefined): string | false {
  return domain !== undefined && `Domain=${domain}`;
}

function line(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join('; ');
}
