import type { ComparedRequest } from '../comparing/comparison.js';
import { claimedCaller } from '../decision/claimed-caller.js';
import { headerPairs } from './header-pairs.js';
import type { Subject } from './shadow-parts.js';

/** @param at epoch milliseconds right before the first side was asked */
export function comparedRequest({ incoming, decision }: Subject, at: number, body: Buffer): ComparedRequest {
  const { head, method, target, req } = incoming;
  return {
    requestId: head.requestId,
    at,
    row: decision.row,
    tableVersion: decision.tableVersion,
    method,
    target,
    headers: headerPairs(head.headers),
    body,
    caller: claimedCaller(req),
  };
}
