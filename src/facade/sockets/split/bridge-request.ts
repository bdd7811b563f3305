/** Reads requests under /socket.io/ as the packet bridge must: which of them open a session, and what engine.io is to see of them. Pure. */
import type { IncomingMessage } from 'node:http';
import type { BridgedHandshake } from '../../../legacy-bridge/realtime/bridge-protocol.js';
import { SERVED_BY_HEADER } from '../../forwarding/answer-head.js';
import type { EngineQuery } from './client-server.js';
import type { OpeningRequest } from './session-opening.js';

/** Engine.IO's version; the legacy refuses others by itself. */
const VERSION = '4';

/** @returns what engine.io reads of the query, each field the first of its name, as the legacy does */
export function engineQuery(target: string): EngineQuery {
  const fields = new URLSearchParams(queryOf(target));
  const sid = fields.get('sid') ?? '';
  const j = fields.get('j');
  return {
    EIO: fields.get('EIO') ?? '',
    // Left out it means polling (contract: sockets, 1).
    transport: fields.get('transport') ?? 'polling',
    ...(sid === '' ? {} : { sid }),
    ...(j === null ? {} : { j }),
  };
}

/** Whether this would open a session. Whatever else comes without a session id, the legacy is to refuse in its own words. */
export function opensSession(method: string, { EIO, transport, sid }: EngineQuery, isUpgrade: boolean): boolean {
  return (
    sid === undefined && method === 'GET' && EIO === VERSION && transport === (isUpgrade ? 'websocket' : 'polling')
  );
}

/** The target by which the legacy is asked for a WebSocket session in the name of a client that came by polling. */
export function websocketTarget(target: string): string {
  const path = target.split('?', 1)[0] ?? '';
  const kept = queryOf(target)
    .split('&')
    .filter((field) => field !== '' && !/^(?:transport|j)(?:=|$)/.test(field));
  return `${path}?${[...kept, 'transport=websocket'].join('&')}`;
}

/** How a client came, for the engine and for canaries. */
export function handshakeOf({ request, target, head: { provenance } }: OpeningRequest): BridgedHandshake {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  return { address: provenance.address, target, headers, secure: provenance.proto === 'https' };
}

/**
 * Completes a polling answer's headers to what the legacy sends (contract: sockets, 1). Any origin that comes here was let in by the
 * legacy, which was asked with it.
 */
export function completeHeaders(
  headers: Record<string, string>,
  request: IncomingMessage,
  tellServedBy: boolean,
): void {
  const { origin } = request.headers;
  headers['Access-Control-Allow-Credentials'] = 'true';
  if (origin !== undefined) headers['Access-Control-Allow-Origin'] = origin;
  delete headers['cache-control'];
  if (headers['Content-Type'] === 'text/html') headers['Content-Type'] = 'text/plain; charset=UTF-8';
  if (tellServedBy) headers[SERVED_BY_HEADER] = 'facade';
}

function queryOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? '' : target.slice(mark + 1);
}
