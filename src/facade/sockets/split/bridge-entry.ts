/**
 * Tells which requests under /socket.io/ are the packet bridge's, hands them to it, and answers, counts and logs what comes of
 * them. Whatever the legacy would refuse in its own words is left to it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { answerError, answerErrorRaw } from '../../forwarding/error-response.js';
import type { RequestHead } from '../../forwarding/request-head.js';
import type { Incoming } from '../../listener/incoming.js';
import type { EventMetrics } from '../../metrics/event-metrics.js';
import type { FacadeMetrics } from '../../metrics/facade-metrics.js';
import { type SocketRefusalCode, socketRefusal } from '../socket-error.js';
import type { ClientFacts } from '../socket-registry.js';
import { formatHead } from '../tunnel-headers.js';
import { engineQuery, opensSession } from './bridge-request.js';
import type { LegacyRefusal } from './legacy-session.js';
import { type RefuseOpening, SplitBridge, type SplitBridgeOptions } from './split-bridge.js';

export interface BridgeEntryOptions extends Omit<SplitBridgeOptions, 'metrics' | 'tellServedBy'> {
  readonly metrics: EventMetrics & Pick<FacadeMetrics, 'refused' | 'forwardFailed' | 'requestFinished'>;
  /** Settings `answers.servedBy`, for polling answers. */
  readonly servedBy: 'none' | 'browsers' | 'all';
}

/** A WebSocket handshake. */
export interface UpgradeForBridge {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly first: Buffer;
  readonly head: RequestHead;
}

const SOCKETS_ROW = 'sockets';
const OWN_REFUSALS = { 'too-many': 'too_many_sockets', closing: 'facade_closing' } as const;

export class BridgeEntry {
  readonly bridge: SplitBridge;
  readonly #options: BridgeEntryOptions;

  constructor(options: BridgeEntryOptions) {
    this.#options = options;
    const { servedBy } = options;
    this.bridge = new SplitBridge({
      ...options,
      tellServedBy: ({ headers }) =>
        servedBy === 'all' || (servedBy === 'browsers' && headers['x-borealis-agent-context'] === undefined),
    });
  }

  /** @returns false for a handshake that is not the bridge's; otherwise it is taken over */
  upgrade({ request, socket, first, head }: UpgradeForBridge, facts: ClientFacts): boolean {
    const target = request.url ?? '';
    const query = engineQuery(target);
    const from = { request, target, head, facts };
    switch (this.bridge.find(query.sid)) {
      case 'open':
        this.bridge.handleUpgrade(from, socket, first);
        return true;
      case 'ended':
        this.#refuseRaw(socket, 'session_drained', head);
        return true;
      default: // it may open one
    }
    if (!this.#isSplit() || !opensSession('GET', query, true)) return false;
    this.bridge.openByUpgrade(from, socket, first, (refusal) => {
      if (typeof refusal === 'string') this.#refuseRaw(socket, OWN_REFUSALS[refusal], head);
      else if (refusal.how === 'rejected') passRejectionRaw(socket, refusal);
      else this.#refuseRaw(socket, this.#failed(refusal, head), head);
    });
    return true;
  }

  /** @returns undefined for a request that is not the bridge's; otherwise what settles when it is done with */
  poll(incoming: Incoming, facts: ClientFacts): Promise<void> | undefined {
    const { req, res, method, target, head } = incoming;
    const query = engineQuery(target);
    const found = this.bridge.find(query.sid);
    const isOpen = found === 'open' && (method === 'GET' || method === 'POST');
    const opens = this.#isSplit() && opensSession(method, query, false);
    if (!isOpen && !opens && found !== 'ended') return undefined;
    const done = this.#followed(incoming);
    const from = { request: req, target, head, facts };
    if (found === 'ended') this.#refuse(res, 'session_drained', head);
    else if (opens) this.bridge.openByPoll(from, res, (refusal) => this.#refuseOpening(res, refusal, head));
    else {
      if (incoming.expectsContinue) res.writeContinue();
      this.bridge.handlePoll(from, res);
    }
    return done;
  }

  #isSplit(): boolean {
    return this.#options.table().sockets.stage === 'split';
  }

  /** Resolves when the answer is given or the client has gone. */
  #followed({ req, res, head, startedAt }: Incoming): Promise<void> {
    const { metrics, clock } = this.#options;
    const written = req.socket.bytesWritten;
    res.sendDate = true;
    res.on('error', () => {});
    return new Promise((resolve) => {
      res.once('close', () => {
        const seconds = (clock.now() - startedAt) / 1000;
        const up = head.bodyLength === 'chunked' ? 0 : head.bodyLength;
        const status = res.headersSent ? res.statusCode : 499;
        metrics.requestFinished(SOCKETS_ROW, 'facade', status, seconds, up, req.socket.bytesWritten - written);
        resolve();
      });
    });
  }

  #refuseOpening(res: ServerResponse, refusal: Parameters<RefuseOpening>[0], head: RequestHead): void {
    if (typeof refusal === 'string') this.#refuse(res, OWN_REFUSALS[refusal], head);
    else if (refusal.how === 'failed') this.#refuse(res, this.#failed(refusal, head), head);
    else if (!res.destroyed) {
      res.sendDate = false;
      res.writeHead(refusal.status, ownLength(refusal)).end(refusal.body);
    }
  }

  /** The legacy could not be asked. */
  #failed({ code, cause }: Extract<LegacyRefusal, { how: 'failed' }>, { requestId }: RequestHead): SocketRefusalCode {
    const { metrics, log } = this.#options;
    if (code.startsWith('legacy_')) metrics.forwardFailed(SOCKETS_ROW, 'legacy', code);
    log.warn('session not opened', { code, requestId, cause: String(cause) });
    return code;
  }

  #refuse(res: ServerResponse, code: SocketRefusalCode, { requestId }: RequestHead): void {
    this.#options.metrics.refused(code);
    answerError(res, { code, ...socketRefusal(code), requestId, close: true });
  }

  #refuseRaw(socket: Socket, code: SocketRefusalCode, { requestId }: RequestHead): void {
    this.#options.log.info('upgrade refused', { code, requestId, peer: socket.remoteAddress });
    this.#options.metrics.refused(code);
    answerErrorRaw(socket, { code, ...socketRefusal(code), requestId });
  }
}

type Rejection = Extract<LegacyRefusal, { how: 'rejected' }>;

function passRejectionRaw(socket: Socket, rejection: Rejection): void {
  const { status, body } = rejection;
  const head = formatHead(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`, [
    ...ownLength(rejection),
    'Connection',
    'close',
  ]);
  if (socket.writable) socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]), () => socket.destroySoon());
  else socket.destroy();
}

/** The legacy's headers, with the length of what is there of its body. */
function ownLength({ headers, body }: Rejection): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (name.toLowerCase() !== 'content-length') kept.push(name, headers[at + 1] ?? '');
  }
  return [...kept, 'Content-Length', String(body.length)];
}
