/** A request as routes see it: the legacy's notions of address, scheme and host, the body read on demand. */
import type { IncomingMessage } from 'node:http';
import type { PeerFacts } from './proxy-trust.js';
import { readBody } from './read-body.js';

export interface HttpRequest {
  readonly method: string;
  /** Raw path of the request target, no query. */
  readonly path: string;
  /** Raw query without `?`; empty when there is none. */
  readonly query: string;
  /** Percent-decoded texts of the rule's parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  /** Client address, scheme and host after one trusted proxy. */
  readonly peer: PeerFacts;
  /** Full URL as the client sees it, query included. */
  readonly url: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /**
   * The body's bytes.
   * @throws EngineError `body_too_large` beyond the limit
   */
  body(limit?: number): Promise<Buffer>;
}

export interface HttpRequestOptions {
  readonly message: IncomingMessage;
  /** The message's own, unless it stands for another. */
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly params: Readonly<Record<string, string>>;
  readonly peer: PeerFacts;
  readonly signal: AbortSignal;
  readonly maxBodyBytes: number;
}

export function createHttpRequest(options: HttpRequestOptions): HttpRequest {
  const { message, method, path, query, params, peer, signal, maxBodyBytes } = options;
  const target = query === '' ? path : `${path}?${query}`;
  return {
    method,
    path,
    query,
    params,
    headers: message.headers,
    peer,
    url: `${peer.scheme}://${peer.host}${target}`,
    signal,
    body: (limit = maxBodyBytes) => readBody(message, Math.min(limit, maxBodyBytes)),
  };
}
