/** An event in the form that comparing knows requests in. Pure. */
import type { ComparedRequest } from '../comparing/comparison.js';
import { claimedCaller } from '../decision/claimed-caller.js';
import { asComparedRow, EVENT_METHOD } from '../table/compared-rows.js';
import type { EventSubject } from './event-comparisons.js';

const JSON_TYPE = ['content-type', 'application/json'] as const;

/** Headers of the handshake stay out: tokens are among them, and no handler reads them. */
export function comparedEvent({ event, tableVersion, at }: EventSubject): ComparedRequest {
  const { row, data, headers } = event;
  return {
    requestId: `${row.id}@${at}`,
    ...{ at, tableVersion },
    row: asComparedRow(row),
    method: EVENT_METHOD,
    target: encodeURIComponent(row.event),
    headers: [JSON_TYPE],
    body: Buffer.from(argumentsOf(data)),
    caller: claimedCaller({ headers }),
  };
}

/** The one argument that handlers take; of other data the whole list. */
function argumentsOf(data: string): string {
  try {
    const list: unknown = JSON.parse(data);
    if (!Array.isArray(list) || list.length !== 2) return data;
  } catch {
    return data; // Whoever handles it says so.
  }
  const name = /^\s*\[\s*"(?:[^"\\]|\\.)*"\s*,/s.exec(data)?.[0];
  return name === undefined ? data : data.slice(name.length, data.lastIndexOf(']')).trim();
}
