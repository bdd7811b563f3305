/** Whether a request can be sent again once its secrets are gone. Pure. */
import { EVENT_METHOD, TICK_METHOD } from '../../table/compared-rows.js';
import type { ComparedRequest, SideOutcome } from '../comparison.js';
import type { RedactedRequest } from '../redaction/redactor.js';
import type { CallerIdentity } from './caller-identity.js';

/** Credentials that a replay makes anew for the same caller. */
export const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie']);
/** Sent by the client's connection or the facade: a replay has its own. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
]);
const MARK = '[redacted:';
const UNAUTHORIZED = 401;

/**
 * @param legacy what it said then
 * @returns why not, as a sentence; undefined when it can
 */
export function whyNotReplayable(
  request: ComparedRequest,
  redacted: RedactedRequest,
  identity: CallerIdentity | undefined,
  legacy: SideOutcome,
): string | undefined {
  if (request.method === EVENT_METHOD) return 'An event of a socket is not sent again.';
  if (request.method === TICK_METHOD) return 'A tick of the scheduler does not come again.';
  if (redacted.target !== request.target) return 'The path or query held a secret, which is not kept.';
  const { form, text, cut } = redacted.body;
  if (cut) return 'The body was too large to be kept whole.';
  if (form === 'digest') return 'The body is neither JSON nor text, and is not kept.';
  if (text.includes(MARK)) return 'The body held a secret, which is not kept.';
  const lost = redacted.headers
    .filter(([name, value]) => !OWN_HEADERS.has(name) && value.includes(MARK))
    .map(([name]) => name);
  const others = lost.filter((name) => !CREDENTIAL_HEADERS.has(name));
  if (others.length > 0) return `The header ${others.join(', ')} held a secret, which is not kept.`;
  if (lost.length > 0 && identity === undefined)
    return 'The caller showed credentials that name nobody the facade could make fresh ones for.';
  // Of a device the name is taken as claimed: an expired token, or a forged one, names it too.
  if (lost.length > 0 && identity?.kind === 'device' && isRefused(legacy))
    return 'The legacy refused the token as such, and a fresh one of the same device would be good.';
  return undefined;
}

function isRefused(legacy: SideOutcome): boolean {
  return legacy.outcome === 'answered' && legacy.answer.status === UNAUTHORIZED;
}
