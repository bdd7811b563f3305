/**
 * What tells a canary's clients apart. Values are taken as claimed and never verified here:
 * they choose a side, they open nothing.
 */
import { inflateSync } from 'node:zlib';
import type { CohortKey } from '../table/table-snapshot.js';

/** The facts of a request that a decision may depend on. */
export interface RequestFacts {
  readonly method: string;
  /** Raw path, without the query. */
  readonly path: string;
  /** Headers by lower-case name, as Node joins them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The client's address, after `trustedProxies`. */
  readonly address: string;
}

/** @returns the asked key's value, or the address when the request does not carry the asked one */
export function clientKey(by: CohortKey, request: RequestFacts): { readonly by: CohortKey; readonly value: string } {
  const value = by === 'address' ? undefined : claimedValue(by, request);
  return value === undefined || value === '' ? { by: 'address', value: request.address } : { by, value };
}

function claimedValue(by: Exclude<CohortKey, 'address'>, { headers }: RequestFacts): string | undefined {
  if (by === 'guid') return agentGuid(headers);
  if (by === 'operator') return operatorName(headers);
  return text(headers[by.slice('header:'.length).toLowerCase()]);
}

/** The `guid` claim of the agent's access token, which agents send on refreshes too (contract/agent-protocol.md 3). */
export function agentGuid(headers: RequestFacts['headers']): string | undefined {
  const payload = bearer(headers)?.split('.')[1];
  const guid = payload === undefined ? undefined : claim(Buffer.from(payload, 'base64url'), 'guid');
  return guid?.toUpperCase();
}

function operatorName(headers: RequestFacts['headers']): string | undefined {
  return operatorClaim(headers, 'name')?.trim().toLowerCase();
}

/** Fields of the session cookie, and of the bearer token and the token cookie. */
const OPERATOR_FIELDS = { name: ['username', 'u'], role: ['role', 'r'] } as const;

/** From the session cookie, the bearer token or the token cookie, in that order (contract/operators.md 1.3). */
export function operatorClaim(headers: RequestFacts['headers'], field: 'name' | 'role'): string | undefined {
  const [inSession, inToken] = OPERATOR_FIELDS[field];
  return (
    signedField(cookie(headers, 'session'), inSession) ??
    signedField(bearer(headers), inToken) ??
    signedField(cookie(headers, 'borealis_auth'), inToken)
  );
}

/** Reads one field of `PAYLOAD.TIME.SIGNATURE`; a payload after a leading dot is deflated (contract/operators.md 2). */
function signedField(token: string | undefined, field: string): string | undefined {
  if (token === undefined) return undefined;
  const deflated = token.startsWith('.');
  const [payload = ''] = (deflated ? token.slice(1) : token).split('.');
  const bytes = Buffer.from(payload, 'base64url');
  if (!deflated) return claim(bytes, field);
  try {
    return claim(inflateSync(bytes, { maxOutputLength: 16_384 }), field);
  } catch {
    return undefined; // Not a token of the legacy's making: the client is told apart by its address.
  }
}

function claim(json: Buffer, field: string): string | undefined {
  try {
    const value: unknown = (JSON.parse(json.toString('utf8')) as Record<string, unknown> | null)?.[field];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined; // As above.
  }
}

export function bearer(headers: RequestFacts['headers']): string | undefined {
  const match = /^bearer (.*)$/i.exec(text(headers.authorization) ?? '');
  return match?.[1]?.trim();
}

export function cookie(headers: RequestFacts['headers'], name: string): string | undefined {
  for (const part of (text(headers.cookie) ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name)
      return part
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

function text(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
