/**
 * WebSocket upgrades passed through byte by byte with http-proxy 1.18.1, which is unmaintained: this is the only
 * module that knows it, and each of its faults that an upgrade can meet is guarded here (docs/decisions/http-proxy-for-upgrades-only.md).
 * Of what a tunnel carries only the frames' heads are looked at, to tell heartbeats from messages; nothing is written into one.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import httpProxy from 'http-proxy';
import { answerErrorRaw } from '../forwarding/error-response.js';
import { type ForwardErrorCode, sideFailure } from '../forwarding/forward-error.js';
import type { Side } from '../side.js';
import { ClientFrames } from './client-frames.js';
import type { SideDialer } from './side-dialer.js';
import { type SocketRefusalCode, socketRefusal } from './socket-error.js';
import { answerHeaders, formatHead, groupHeaders } from './tunnel-headers.js';

/** What a side is asked. */
export interface UpgradeRequest {
  readonly side: Side;
  /** The request target as the client sent it; reaches the side byte for byte. */
  readonly target: string;
  /** Name and value in turn, for the side, without those meant for one connection; `Connection` and `Upgrade` are added here. */
  readonly headers: readonly string[];
  readonly requestId: string;
}

/** Limits of one tunnel, in milliseconds. */
export interface TunnelLimits {
  /** For the connection to the side, TLS included. */
  readonly connectMs: number;
  /** From the upgrade's arrival to its answer by the side, and again for an answer that is no 101 to pass through. */
  readonly handshakeMs: number;
  /** For the second half of a connection whose first half was closed. */
  readonly lingerMs: number;
  /** Idle time after which TCP probes both peers. */
  readonly keepAliveMs: number;
}

export const DEFAULT_TUNNEL_LIMITS: TunnelLimits = {
  connectMs: 5_000,
  handshakeMs: 30_000,
  lingerMs: 5_000,
  keepAliveMs: 30_000,
};

/** How a tunnel ended, or why there was none. */
export type TunnelEnd =
  | { readonly how: 'client-closed' | 'side-closed' | 'client-left' }
  /** The facade closed it, with the reason given to `close`. */
  | { readonly how: 'closed'; readonly reason: string }
  /** The side answered the upgrade with this status, which the client got. */
  | { readonly how: 'rejected'; readonly status: number }
  /** The side could not be asked; the client got the refusal of this code. */
  | { readonly how: 'failed'; readonly code: ForwardErrorCode; readonly cause: unknown };

/** An open tunnel. */
export interface Tunnel {
  /** Bytes since the upgrade, inside TLS. */
  bytesUp(): number;
  bytesDown(): number;
  /** Those of `bytesUp` that are no heartbeats. */
  messageBytesUp(): number;
  /** Ends both connections at the transport: what was already on its way is sent, no packet is added. */
  close(reason: string): void;
}

export interface TunnelEvents {
  /** The side answered 101 and bytes flow. Called at most once. */
  opened(tunnel: Tunnel): void;
  /** Called exactly once, last. */
  ended(end: TunnelEnd): void;
}

/** An upgrade under way: can be given up before it becomes a tunnel. */
export interface TunnelAttempt {
  /** As `Tunnel.close`; before the tunnel is open, refuses the client with `facade_closing`. */
  close(reason: string): void;
}

export interface GuardedTunnels {
  /** Takes the socket over. Never throws for anything that a client or a side does. */
  open(request: UpgradeRequest, client: Duplex, head: Buffer, side: SideDialer, events: TunnelEvents): TunnelAttempt;
}

/** What http-proxy takes for the client's request; `attempt` leads its events back to us. */
interface Disguise {
  readonly method: 'GET';
  readonly url: string;
  readonly headers: { readonly upgrade: 'websocket' };
  readonly attempt: Attempt;
}

/** @returns the entry point for all tunnels of one facade; http-proxy's server object is shared by them */
export function createGuardedTunnels(limits: TunnelLimits = DEFAULT_TUNNEL_LIMITS): GuardedTunnels {
  const proxy = httpProxy.createProxyServer({});
  const byUpstream = new WeakMap<Socket, Attempt>();
  // Errors reach the callback given to `ws`; without a listener here, http-proxy would throw those that bypass it.
  proxy.on('error', () => {});
  proxy.on('proxyReqWs', (proxyRequest, disguised) => {
    const { attempt } = disguised as unknown as Disguise;
    attempt.dialling(proxyRequest, (upstream) => byUpstream.set(upstream, attempt));
  });
  proxy.on('open', (upstream) => byUpstream.get(upstream)?.opened());

  return {
    open(request, client, head, side, events) {
      const attempt = new Attempt(request, client as Socket, head.length, limits, events);
      const disguised: Disguise = { method: 'GET', url: '/', headers: { upgrade: 'websocket' }, attempt };
      const options = { target: side.target, agent: side.agent };
      try {
        proxy.ws(disguised as unknown as IncomingMessage, client, head, options, (error: Error) =>
          attempt.broke(error),
        );
        attempt.takeRejections();
      } catch (error) {
        // Such as a header that Node reads but refuses to write.
        attempt.refuse('client_request_invalid', error);
      }
      return attempt;
    },
  };
}

/** One upgrade from its arrival to the end of its tunnel. */
class Attempt implements Tunnel, TunnelAttempt {
  readonly #client: Socket;
  readonly #side: Side;
  readonly #limits: TunnelLimits;
  readonly #events: TunnelEvents;
  #request: UpgradeRequest | undefined;
  #proxyRequest: ClientRequest | undefined;
  #upstream: Socket | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #connectTimer: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #connected = false;
  #rejecting = false;
  #isOpen = false;
  #end: TunnelEnd | undefined;
  #finished = false;
  readonly #readBefore: number;
  readonly #frames = new ClientFrames();
  #writtenBefore = 0;

  constructor(request: UpgradeRequest, client: Socket, headLength: number, limits: TunnelLimits, events: TunnelEvents) {
    this.#request = request;
    this.#client = client;
    this.#side = request.side;
    this.#limits = limits;
    this.#events = events;
    this.#readBefore = (client.bytesRead ?? 0) - headLength;
    // Before anything else: a client that resets now would end the process (http-proxy listens after the 101 only).
    client.on('error', () => {});
    client.on('close', () => this.#clientClosed());
    this.#deadline = setTimeout(() => this.#giveUp('head_timeout'), limits.handshakeMs);
  }

  bytesUp(): number {
    return this.#client.bytesRead - this.#readBefore;
  }

  messageBytesUp(): number {
    return this.bytesUp() - this.#frames.heartbeatBytes;
  }

  bytesDown(): number {
    return this.#client.bytesWritten - this.#writtenBefore;
  }

  /** http-proxy made its request and has not sent it. Listeners set here run before its own. */
  dialling(proxyRequest: ClientRequest, upgraded: (upstream: Socket) => void): void {
    this.#proxyRequest = proxyRequest;
    // http-proxy listens only after this; a header that can't be written must not end the process.
    proxyRequest.on('error', () => {});
    this.#writeRequest(proxyRequest);
    this.#connectTimer = setTimeout(() => this.#giveUp('connect_timeout'), this.#limits.connectMs);
    proxyRequest.once('socket', (socket) => {
      if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => this.#dialled());
      else this.#dialled();
    });
    proxyRequest.once('upgrade', (response, upstream) => {
      // http-proxy writes `headers` to the client: names in lower case, joined. Give it the lines as the side sent them.
      response.headers = this.#acceptHeaders(response);
      this.#upstream = upstream as Socket;
      upgraded(upstream as Socket);
    });
  }

  /** http-proxy would write a refusal's head with the framing that Node has just taken off the body: keep it from it. */
  takeRejections(): void {
    this.#proxyRequest?.removeAllListeners('response');
    this.#proxyRequest?.once('response', (response) => this.#passRejection(response));
  }

  /** The request line and headers that reach the side; replaces all that http-proxy made of them. */
  #writeRequest(proxyRequest: ClientRequest): void {
    const { target, headers } = this.#request as UpgradeRequest;
    // Its own path has `//` collapsed, `\` turned and `#` cut.
    proxyRequest.path = target;
    for (const name of proxyRequest.getHeaderNames()) proxyRequest.removeHeader(name);
    for (const { name, values } of groupHeaders(headers)) proxyRequest.setHeader(name, values);
    proxyRequest.setHeader('Connection', 'Upgrade');
    proxyRequest.setHeader('Upgrade', 'websocket');
  }

  /** The 101's lines by name as the side spelled it. */
  #acceptHeaders(response: IncomingMessage): NodeJS.Dict<string | string[]> {
    const headers: NodeJS.Dict<string | string[]> = { Upgrade: 'websocket', Connection: 'Upgrade' };
    for (const { name, values } of groupHeaders(answerHeaders(response.rawHeaders))) headers[name] = values;
    return headers;
  }

  #dialled(): void {
    this.#connected = true;
    clearTimeout(this.#connectTimer);
  }

  /** http-proxy's `open`: the 101 is written and the pipes are laid. */
  opened(): void {
    const upstream = this.#upstream;
    if (upstream === undefined) throw new TypeError('a tunnel opened that has no upstream');
    clearTimeout(this.#deadline);
    this.#request = undefined;
    this.#proxyRequest = undefined;
    upstream.on('close', () => this.#upstreamClosed());
    if (this.#client.destroyed || this.#end !== undefined) {
      upstream.destroy();
      return;
    }
    this.#isOpen = true;
    // The pipe has just been laid and nothing has flowed yet, so this hears all of it.
    this.#client.on('data', (chunk: Buffer) => this.#frames.take(chunk));
    this.#writtenBefore = this.#client.bytesWritten;
    // Only now: http-proxy has just set them to the system's two hours.
    for (const socket of [this.#client, upstream]) {
      socket.setKeepAlive?.(true, this.#limits.keepAliveMs);
      // The pipes pass an end on. A peer that leaves its half open is not waited for.
      socket.once('end', () => this.#startLinger());
    }
    this.#client.once('end', () => this.#note({ how: 'client-closed' }));
    upstream.once('end', () => this.#note({ how: 'side-closed' }));
    this.#events.opened(this);
  }

  /** http-proxy's error callback: the side could not be reached or broke off. It ends the client's socket right after. */
  broke(error: Error): void {
    // Its callback comes for open tunnels too; their end is seen by their own listeners.
    if (!this.#isOpen) this.refuse(this.#failureCode(error), error);
    this.#startLinger();
  }

  /** Answers in the side's place, unless the client has left or has its answer. */
  refuse(code: ForwardErrorCode, cause: unknown): void {
    if (this.#end !== undefined || this.#client.destroyed) return;
    this.#note({ how: 'failed', code, cause });
    this.#answer(code);
    this.#proxyRequest?.destroy();
    this.#startLinger();
  }

  #answer(code: SocketRefusalCode): void {
    answerErrorRaw(this.#client, { code, ...socketRefusal(code), requestId: this.#request?.requestId ?? '' });
    this.#client.resume();
  }

  #failureCode(error: Error): ForwardErrorCode {
    const failure = sideFailure(error, this.#connected ? 'before-answer' : 'before-connection');
    return failure === 'client_request_invalid' ? failure : `${this.#side}_${failure}`;
  }

  /** A deadline has passed. Node tells a request that has no connection yet nothing, so this answers by itself. */
  #giveUp(failure: 'connect_timeout' | 'head_timeout'): void {
    if (this.#rejecting) this.#client.destroy();
    else this.refuse(`${this.#side}_${failure}`, 'the deadline for this step has passed');
  }

  /** The side refused the upgrade: its answer with the body up to its length, or up to the end of the connection. */
  #passRejection(response: IncomingMessage): void {
    this.#rejecting = true;
    this.#deadline?.refresh();
    const status = response.statusCode ?? 502;
    this.#note({ how: 'rejected', status });
    const headers = [...answerHeaders(response.rawHeaders), 'Connection', 'close'];
    const head = formatHead(`HTTP/1.1 ${status} ${response.statusMessage ?? ''}`, headers);
    this.#client.write(head, 'latin1');
    // Destroys the client's socket when the side breaks off, so that no cut answer looks whole.
    pipeline(response, this.#client, () => this.#startLinger());
    this.#client.resume();
  }

  close(reason: string): void {
    if (this.#end !== undefined) return;
    this.#note({ how: 'closed', reason });
    const upstream = this.#upstream;
    if (this.#isOpen && upstream !== undefined) {
      upstream.unpipe(this.#client);
      this.#client.unpipe(upstream);
      upstream.destroy();
      this.#endGently(this.#client);
    } else {
      this.#answer('facade_closing');
      this.#proxyRequest?.destroy();
    }
    this.#startLinger();
  }

  #clientClosed(): void {
    this.#note({ how: this.#isOpen ? 'client-closed' : 'client-left' });
    this.#proxyRequest?.destroy();
    if (this.#upstream === undefined || this.#upstream.destroyed) this.#finish();
    else this.#endGently(this.#upstream);
  }

  #upstreamClosed(): void {
    this.#note({ how: 'side-closed' });
    if (this.#client.destroyed) this.#finish();
    else this.#endGently(this.#client);
  }

  /**
   * Sends what was written, then the end, and waits for the peer's. Destroying a socket that holds unread bytes
   * sends a reset, over which the peer loses what it has not read yet.
   */
  #endGently(socket: Socket): void {
    socket.end();
    // Reads on, or the peer's end would never be noticed.
    socket.resume();
    this.#startLinger();
  }

  /** The first cause counts. */
  #note(end: TunnelEnd): void {
    this.#end ??= end;
  }

  #startLinger(): void {
    this.#linger ??= setTimeout(() => {
      this.#client.destroy();
      this.#upstream?.destroy();
    }, this.#limits.lingerMs);
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#deadline);
    clearTimeout(this.#linger);
    this.#events.ended(this.#end ?? { how: 'client-left' });
  }
}
