/** From Node's request to an `Incoming`, or to the reason for which it is refused. Answers nothing itself. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ambiguousPath } from '../../legacy-bridge/url-map/path-safety.js';
import { readRequestHead } from '../forwarding/request-head.js';
import type { TrustedProxies } from '../forwarding/trusted-proxies.js';
import type { Incoming } from './incoming.js';
import type { RefusalCode } from './refusal.js';
import { readTarget } from './request-target.js';

/** What requests on one listener have in common. */
export interface AcceptOptions {
  /** The listener speaks TLS. */
  readonly secure: boolean;
  readonly trusted: TrustedProxies;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export function acceptRequest(
  req: IncomingMessage,
  res: ServerResponse,
  expectsContinue: boolean,
  options: AcceptOptions,
): Incoming | RefusalCode {
  const startedAt = options.now();
  const method = req.method ?? '';
  if (req.httpVersionMajor !== 1) return 'version_unsupported';
  if (method === 'TRACE' || method === 'CONNECT') return 'method_refused';
  const target = readTarget(req.url ?? '');
  if (target === undefined) return 'target_invalid';
  const head = readRequestHead(
    {
      rawHeaders: req.rawHeaders,
      httpVersionMinor: req.httpVersionMinor,
      peer: req.socket.remoteAddress,
      secure: options.secure,
      authority: target.authority,
    },
    options.trusted,
  );
  if (typeof head === 'string') return head;
  // A fragment is never part of a target; who cuts it off and who does not would differ on the query too.
  if (ambiguousPath(target.path) !== undefined || target.target.includes('#')) return 'path_ambiguous';
  return { req, res, method, target: target.target, path: target.path, head, expectsContinue, startedAt };
}
