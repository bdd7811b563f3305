/** What kind of caller a request says it is from. Claimed, not verified: it fills a cell of the coverage ledger and opens nothing. */
import type { CallerKind } from '../comparing/comparison.js';
import { agentGuid, bearer, cookie, operatorClaim, type RequestFacts } from './client-key.js';

export function claimedCaller({ headers }: Pick<RequestFacts, 'headers'>): CallerKind {
  if (agentGuid(headers) !== undefined) return 'device';
  if (operatorClaim(headers, 'name') !== undefined)
    return operatorClaim(headers, 'role')?.trim().toLowerCase() === 'admin' ? 'admin' : 'operator';
  const credentials = bearer(headers) ?? cookie(headers, 'session') ?? cookie(headers, 'borealis_auth');
  return credentials === undefined || credentials === '' ? 'anonymous' : 'unrecognised';
}
