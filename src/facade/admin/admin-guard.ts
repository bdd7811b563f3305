/** Who may talk to the admin API: holders of the token, by no other site's page. Pure; answers nothing itself. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { AdminError } from './admin-error.js';

export interface AdminGuardOptions {
  /** Setting `admin.host`. */
  readonly host: string;
  readonly matchesToken: (given: string) => boolean;
  /** The token that is good for metrics alone. */
  readonly matchesMetricsToken: (given: string) => boolean;
}

/** @throws AdminError for requests that a page of another site, or a name that was bound to our address, may be behind */
export function refuseForeign(headers: IncomingHttpHeaders, { host }: Pick<AdminGuardOptions, 'host'>): void {
  if (!isOwnHost(headers.host, host)) throw new AdminError('host_refused');
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && !isSameOrigin(origin, headers.host ?? '')) throw new AdminError('cross_site_refused');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new AdminError('cross_site_refused');
}

/**
 * @param forMetrics the token for metrics will do
 * @throws AdminError unless the request carries the token
 */
export function requireToken(headers: IncomingHttpHeaders, guard: AdminGuardOptions, forMetrics: boolean): void {
  const [, token] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined && guard.matchesToken(token)) return;
  if (token === undefined || !forMetrics || !guard.matchesMetricsToken(token)) throw new AdminError('token_required');
}

/**
 * An address as `Host` can't come from DNS rebinding, which needs a name. Names are taken when they are localhost or
 * configured, or when the operator opened the admin API to the network: then the token alone guards it.
 */
function isOwnHost(header: string | undefined, configured: string): boolean {
  const name = hostName(header);
  if (name === undefined) return false;
  return isIP(name) !== 0 || name === 'localhost' || name === configured.toLowerCase() || !isLoopback(configured);
}

function hostName(header: string | undefined): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:/@[\]\s]+))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function isSameOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
