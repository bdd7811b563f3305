/**
 * One Engine.IO session with the legacy (protocol 4, WebSocket only), opened in a client's name: with its headers, query
 * and address. Answers the legacy's pings by itself; every other packet is handed over or sent as it is.
 * docs/decisions/packet-bridge.md says why this is not engine.io-client.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { type ForwardErrorCode, sideFailure } from '../../forwarding/forward-error.js';
import { parseHandshake } from '../polling-handshake.js';
import type { SideDialer } from '../side-dialer.js';
import { answerHeaders, groupHeaders } from '../tunnel-headers.js';
import type { Message } from './whole-packets.js';

/** In whose name the session is opened. */
export interface LegacySessionRequest {
  /** Request target for the legacy, with `transport=websocket`. */
  readonly target: string;
  /** Name and value in turn, for a side (RequestHead.headers). */
  readonly headers: readonly string[];
}

/** Milliseconds. */
export interface LegacySessionLimits {
  /** For the connection, TLS included. */
  readonly connectMs: number;
  /** From the start to Engine.IO's open packet. */
  readonly handshakeMs: number;
  /** For the legacy to answer a close before the connection is cut. */
  readonly lingerMs: number;
}

/** Why the legacy gave no session. */
export type LegacyRefusal =
  | { readonly how: 'failed'; readonly code: ForwardErrorCode; readonly cause: unknown }
  /** It answered something else than a WebSocket; the client gets that. */
  | { readonly how: 'rejected'; readonly status: number; readonly headers: readonly string[]; readonly body: Buffer };

export interface LegacySessionEvents {
  /** The session is open; `sid` is the legacy's. At most once. */
  opened(sid: string): void;
  /** It could not be opened. At most once, and nothing after it. */
  refused(refusal: LegacyRefusal): void;
  /** A Socket.IO message, after `opened`. */
  message(message: Message): void;
  /** An open session has ended, by either hand. Once, last. */
  ended(): void;
}

/** A rejection is a short text. */
const MOST_REJECTION_BYTES = 65_536;
/** Of a handshake: made anew for this connection, or about a body that is not sent on. */
const NOT_PASSED = /^(?:sec-websocket-|content-|accept-encoding$)/i;

/** Engine.IO's own threshold; contexts are not kept, for their memory. */
const DEFLATE = { threshold: 1_024, clientNoContextTakeover: true, serverNoContextTakeover: true };

const CLOSE = '1';
const PING = '2';
const PONG = '3';
const MESSAGE = '4';

export class LegacySession {
  readonly #events: LegacySessionEvents;
  readonly #limits: LegacySessionLimits;
  readonly #socket: WebSocket;
  readonly #deadline: NodeJS.Timeout;
  #connectTimer: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  /** Runs out when the legacy is silent for longer than it may be. */
  #silence: NodeJS.Timeout | undefined;
  #connected = false;
  #state: 'opening' | 'open' | 'ended' = 'opening';

  constructor(
    request: LegacySessionRequest,
    side: SideDialer,
    limits: LegacySessionLimits,
    events: LegacySessionEvents,
  ) {
    this.#events = events;
    this.#limits = limits;
    this.#deadline = setTimeout(() => this.#fail('legacy_head_timeout', 'no session in time'), limits.handshakeMs);
    this.#socket = this.#dial(request, side);
  }

  /** Bytes that wait for the legacy to take them. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: Message): void {
    if (this.#state !== 'open') return;
    this.#socket.send(typeof message === 'string' ? MESSAGE + message : message);
  }

  /** Ends it: what was sent before arrives before. Given up, if it is not open yet. */
  close(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#silence);
    if (this.#state === 'opening') this.#state = 'ended';
    this.#end();
  }

  #dial({ target, headers }: LegacySessionRequest, { target: at, agent }: SideDialer): WebSocket {
    const host = at.host.includes(':') ? `[${at.host}]` : at.host;
    const socket = new WebSocket(`${at.protocol === 'https:' ? 'wss' : 'ws'}://${host}:${at.port}/`, {
      agent,
      // Off unless client and legacy both want it, as without a facade: eventlet unmasks byte by byte, and is spared that by it.
      perMessageDeflate: offersDeflate(headers) && DEFLATE,
      // What the legacy emits has no limit (contract: sockets, 1).
      maxPayload: 0,
      finishRequest: (request: ClientRequest) => {
        this.#watchConnecting(request);
        request.path = target;
        try {
          for (const { name, values } of groupHeaders(headers))
            if (!NOT_PASSED.test(name)) request.setHeader(name, values);
          request.end();
        } catch (error) {
          // A header that Node reads but refuses to write. Told later, as every other refusal.
          queueMicrotask(() => this.#fail('client_request_invalid', error));
        }
      },
    });
    socket.on('error', (error) => this.#broke(error));
    socket.on('unexpected-response', (_request, response) => this.#takeRejection(response));
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => this.#closed());
    return socket;
  }

  #watchConnecting(request: ClientRequest): void {
    const { connectMs } = this.#limits;
    this.#connectTimer = setTimeout(() => this.#fail('legacy_connect_timeout', 'not connected in time'), connectMs);
    request.once('socket', (socket: Socket) => {
      const connected = (): void => {
        this.#connected = true;
        clearTimeout(this.#connectTimer);
        socket.setNoDelay(true);
      };
      if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
      else connected();
    });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      if (this.#state === 'open') this.#events.message(data);
      return;
    }
    const text = data.toString();
    if (this.#state === 'opening') this.#open(text);
    else if (this.#state === 'open') this.#take(text);
  }

  /** The first packet: `0{"sid":"…",…}`. Its timing is between the legacy and us. */
  #open(text: string): void {
    const handshake = parseHandshake(text);
    if (handshake === undefined) {
      this.#fail('legacy_bad_answer', 'the first packet is no Engine.IO open packet');
      return;
    }
    clearTimeout(this.#deadline);
    this.#state = 'open';
    const { sid, pingIntervalMs, pingTimeoutMs } = handshake;
    // A host that is gone says nothing, and closes nothing.
    this.#silence = setTimeout(() => this.#socket.terminate(), pingIntervalMs + pingTimeoutMs);
    this.#events.opened(sid);
  }

  #take(text: string): void {
    switch (text[0]) {
      case MESSAGE:
        this.#events.message(text.slice(1));
        return;
      case PING:
        this.#silence?.refresh();
        this.#socket.send(PONG + text.slice(1));
        return;
      case CLOSE:
        this.#end();
        return;
      default: // noop and what no server sends: nothing to do
    }
  }

  #takeRejection(response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MOST_REJECTION_BYTES) chunks.push(chunk);
      else response.destroy();
    });
    response.once('error', () => {});
    response.once('close', () => {
      const headers = answerHeaders(response.rawHeaders);
      this.#refuse({ how: 'rejected', status: response.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
    });
  }

  #broke(error: Error): void {
    if (this.#state !== 'opening') return;
    const failure = sideFailure(error, this.#connected ? 'before-answer' : 'before-connection');
    this.#fail(failure === 'client_request_invalid' ? failure : `legacy_${failure}`, error);
  }

  #closed(): void {
    clearTimeout(this.#linger);
    clearTimeout(this.#silence);
    this.#fail('legacy_closed_early', 'closed before the session was open');
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#events.ended();
  }

  #fail(code: ForwardErrorCode, cause: unknown): void {
    this.#refuse({ how: 'failed', code, cause });
  }

  #refuse(refusal: LegacyRefusal): void {
    if (this.#state !== 'opening') return;
    this.close();
    this.#socket.terminate();
    this.#events.refused(refusal);
  }

  #end(): void {
    const socket = this.#socket;
    if (socket.readyState === WebSocket.CLOSED || this.#linger !== undefined) return;
    if (socket.readyState === WebSocket.CONNECTING) {
      socket.terminate();
      return;
    }
    socket.close(1000);
    this.#linger = setTimeout(() => socket.terminate(), this.#limits.lingerMs);
  }
}

/** @param list name and value in turn */
function offersDeflate(list: readonly string[]): boolean {
  return list.some(
    (name, at) =>
      at % 2 === 0 && /^sec-websocket-extensions$/i.test(name) && /permessage-deflate/.test(list[at + 1] ?? ''),
  );
}
