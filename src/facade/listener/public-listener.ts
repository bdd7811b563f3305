/**
 * The server that agents and browsers reach. Owns its connections, their limits and the refusal of what is no proper
 * request; hands everything else to the pipeline or to the sockets. Serves no route of its own.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { answerError, answerErrorRaw } from '../forwarding/error-response.js';
import type { RequestHead } from '../forwarding/request-head.js';
import { requestIdFrom } from '../forwarding/request-id.js';
import type { Log } from '../logging/log.js';
import type { FacadeMetrics } from '../metrics/facade-metrics.js';
import type { CertificateSource } from '../tls/certificate-source.js';
import { type AcceptOptions, acceptRequest } from './accept-request.js';
import type { Incoming } from './incoming.js';
import type { Pipeline } from './pipeline.js';
import { parserRefusal, REFUSALS, type RefusalCode } from './refusal.js';
import { isSocketUpgrade, responseFor } from './upgrade-request.js';

/** Settings `limits`, those of client connections. Milliseconds and bytes. */
export interface ListenerLimits {
  readonly headerBytes: number;
  readonly headersTimeoutMs: number;
  readonly idleConnectionMs: number;
  readonly idleBodyMs: number;
  readonly shutdownMs: number;
}

export interface PublicListenerOptions extends Pick<AcceptOptions, 'trusted' | 'now'> {
  /** Undefined: plain HTTP, for development. */
  readonly tls?: CertificateSource | undefined;
  readonly limits: ListenerLimits;
  readonly pipeline: Pipeline;
  /** Serves requests under /socket.io/ that are no upgrade: long polling. */
  readonly servePolling: (incoming: Incoming) => Promise<void>;
  /** Takes over the connection of a WebSocket handshake under /socket.io/. */
  readonly serveUpgrade: (req: IncomingMessage, socket: Duplex, first: Buffer, head: RequestHead) => void;
  readonly metrics: Pick<FacadeMetrics, 'refused'>;
  readonly log: Log;
}

export interface PublicListener {
  /** @returns the bound address; rejects when it is taken or not allowed */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Stops accepting, lets requests in flight finish within `limits.shutdownMs`, then ends what is left. */
  close(): Promise<void>;
}

/** How often connections that became idle are closed while stopping. */
const CLOSING_SWEEP_MS = 50;
/** How long requests whose connections are closed may take to be done with, and how often they are looked at. */
const LONGEST_SETTLING_MS = 1000;
const SETTLING_LOOK_MS = 5;

export function createPublicListener(options: PublicListenerOptions): PublicListener {
  const server = newServer(options);
  const listener = new Listener(server, options);
  listener.attach();
  return listener;
}

function newServer({ tls, limits }: PublicListenerOptions): Server {
  const common: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    // A whole request may take as long as it likes (100 MB from a slow agent): its pauses are what is limited.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleConnectionMs,
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5000),
    // Checked with the other rules of the head, so that it is answered in the same form.
    requireHostHeader: false,
    insecureHTTPParser: false,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    noDelay: true,
  };
  if (tls === undefined) return createServer(common);
  const server = createTlsServer({
    ...common,
    ...tls.secureContext(),
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: 30_000,
  });
  tls.onChange((context) => server.setSecureContext(context));
  return server;
}

/** The request that a connection is busy with, or was last. Kept on the connection: a map would cost more, per request. */
const CURRENT = Symbol('current request');
type Connection = Duplex & { [CURRENT]?: Incoming };

class Listener implements PublicListener {
  readonly #server: Server;
  readonly #options: PublicListenerOptions;
  readonly #accept: AcceptOptions;
  #stopping = false;
  /** Requests that are not done with. */
  #running = 0;

  constructor(server: Server, options: PublicListenerOptions) {
    this.#server = server;
    this.#options = options;
    this.#accept = { secure: options.tls !== undefined, trusted: options.trusted, now: options.now };
    // Node would drop headers beyond this number without a word; bytes are the limit here.
    server.maxHeadersCount = 0;
  }

  attach(): void {
    const server = this.#server;
    server.on('request', (req, res) => this.#serve(req, res, false));
    server.on('checkContinue', (req, res) => this.#serve(req, res, true));
    server.on('checkExpectation', (req, res) => this.#refuse(req, res, 'expectation_failed'));
    server.on('upgrade', (req, socket, first) => this.#upgrade(req, socket, first));
    server.on('connect', (_req, socket) => this.#refuseRaw(socket, 'method_refused'));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#clientError(error, socket));
    server.on('tlsClientError', (error: NodeJS.ErrnoException) =>
      this.#options.log.debug('tls handshake failed', { code: error.code ?? error.message }),
    );
  }

  listen(port: number, host: string): Promise<AddressInfo> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, backlog: 1024 }, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#options.log.error('listener failed', { cause: error.message }));
        resolve(server.address() as AddressInfo);
      });
    });
  }

  async close(): Promise<void> {
    this.#stopping = true;
    const server = this.#server;
    const sweep = setInterval(() => server.closeIdleConnections(), CLOSING_SWEEP_MS);
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      limit = setTimeout(() => {
        this.#options.log.warn('requests cut off at stop');
        server.closeAllConnections();
        resolve();
      }, this.#options.limits.shutdownMs);
    });
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    // Tunnels are connections of this server too, and not its to close: so the limit ends the wait as well.
    await Promise.race([closed, late]);
    clearTimeout(limit);
    clearInterval(sweep);
    await this.#settled();
  }

  /** Connections end before their requests are counted and logged: what they use must not be closed in between. */
  async #settled(): Promise<void> {
    const until = this.#options.now() + LONGEST_SETTLING_MS;
    while (this.#running > 0 && this.#options.now() < until) await pause(SETTLING_LOOK_MS);
  }

  #serve(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    const incoming = acceptRequest(req, res, expectsContinue, this.#accept);
    if (typeof incoming === 'string') {
      this.#refuse(req, res, incoming);
      return;
    }
    if (this.#stopping) res.shouldKeepAlive = false;
    (req.socket as Connection)[CURRENT] = incoming;
    void this.#run(incoming);
  }

  async #run(incoming: Incoming): Promise<void> {
    const { path, req, res } = incoming;
    this.#running += 1;
    try {
      if (path.startsWith('/socket.io/')) await this.#options.servePolling(incoming);
      else await this.#options.pipeline.serve(incoming);
    } catch (error) {
      this.#fault(incoming, error);
    } finally {
      this.#running -= 1;
    }
    if (!req.complete && !res.destroyed) this.#linger(req);
  }

  /** A fault of the facade's own must not take the process, nor leave the client waiting. */
  #fault({ req, res, head }: Incoming, error: unknown): void {
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.log.error('request failed in the facade', { requestId: head.requestId, cause });
    if (res.headersSent) res.destroy();
    else this.#refuse(req, res, 'facade_fault');
  }

  /** An answer that came before the end of its request: what still arrives is read and dropped, for a while. */
  #linger(req: IncomingMessage): void {
    const { socket } = req;
    const limit = setTimeout(() => {
      if (!req.complete) socket.destroy();
    }, this.#options.limits.idleBodyMs).unref();
    req.once('close', () => clearTimeout(limit));
  }

  #upgrade(req: IncomingMessage, socket: Duplex, first: Buffer): void {
    // Without a listener, a reset before somebody takes the connection over would end the process.
    socket.on('error', ignore);
    const res = responseFor(req, socket);
    const accepted = acceptRequest(req, res, false, this.#accept);
    const incoming = typeof accepted === 'string' ? accepted : this.#upgradeRefusal(accepted);
    if (typeof incoming === 'string') {
      this.#refuse(req, res, incoming);
      return;
    }
    if (!isSocketUpgrade(req)) {
      void this.#run(incoming);
      return;
    }
    res.detachSocket(socket as Socket);
    this.#options.serveUpgrade(req, socket, first, incoming.head);
  }

  #upgradeRefusal(incoming: Incoming): Incoming | RefusalCode {
    if (this.#stopping) return 'stopping';
    return incoming.head.bodyLength === 0 ? incoming : 'upgrade_with_body';
  }

  #refuse(req: IncomingMessage, res: ServerResponse, code: RefusalCode): void {
    this.#options.metrics.refused(code);
    const { status, reason, close } = REFUSALS[code];
    const requestId = requestIdFrom(text(req.headers['x-request-id']));
    this.#options.log.info('request refused', { code, requestId });
    const headers = code === 'upgrade_with_body' ? ['Upgrade', 'websocket', 'Connection', 'close, Upgrade'] : [];
    answerError(res, { status, code, reason, requestId, close: close || announcesBody(req), headers });
  }

  #refuseRaw(socket: Duplex, code: RefusalCode): void {
    this.#options.metrics.refused(code);
    const { status, reason } = REFUSALS[code];
    const requestId = requestIdFrom(undefined);
    this.#options.log.info('request refused', { code, requestId });
    answerErrorRaw(socket as Socket, { status, code, reason, requestId });
  }

  #clientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    const code = parserRefusal(error.code);
    const current = (socket as Connection)[CURRENT];
    const answered = current === undefined || (current.req.complete && current.res.writableFinished);
    // Nothing can be said when the connection broke, or when another answer is on its way there.
    if (code === undefined || !(answered || (!current.req.complete && !current.res.headersSent))) socket.destroy();
    else this.#refuseRaw(socket, code);
  }
}

/** The body of a refused request is not read, so nothing can follow it on its connection. */
function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

function ignore(): void {
  // The error is told by 'close', which whoever serves the connection listens to.
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
