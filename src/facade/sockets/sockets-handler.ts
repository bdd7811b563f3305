/**
 * The facade's door for /socket.io/: decides the side of each upgrade and each polling request, opens tunnels, keeps
 * the registry, drains, and closes all at shutdown. Connections stay where they are when the stage is flipped.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerError, answerErrorRaw } from '../forwarding/error-response.js';
import { type RequestHead, readRequestHead } from '../forwarding/request-head.js';
import type { TrustedProxies } from '../forwarding/trusted-proxies.js';
import type { Log } from '../logging/log.js';
import type { FacadeMetrics } from '../metrics/facade-metrics.js';
import type { Side } from '../side.js';
import type { TableSnapshot } from '../table/table-snapshot.js';
import {
  createGuardedTunnels,
  DEFAULT_TUNNEL_LIMITS,
  type TunnelAttempt,
  type TunnelEnd,
  type TunnelLimits,
} from './guarded-tunnel.js';
import { type PollingForward, PollingSessions } from './polling-sessions.js';
import type { SideDialer } from './side-dialer.js';
import { type SocketClock, systemSocketClock } from './socket-clock.js';
import { SocketDrain } from './socket-drain.js';
import { type SocketRefusalCode, socketRefusal } from './socket-error.js';
import { type RegisteredSocket, type SocketFacts, SocketRegistry } from './socket-registry.js';
import { readSocketTarget } from './socket-target.js';

export interface SocketsOptions {
  /** The table in force; asked once per request. */
  readonly table: () => Pick<TableSnapshot, 'sockets'>;
  /**
   * How a side is dialled now; undefined while there is none (engine off). Then, and when it can't be reached, clients
   * are refused and come back: they are never moved to the other side in silence, for a fleet that goes to and fro
   * loses its registrations each time.
   */
  readonly dialer: (side: Side) => SideDialer | undefined;
  readonly forward: PollingForward;
  readonly trusted: TrustedProxies;
  readonly metrics: Pick<FacadeMetrics, 'socketOpened' | 'socketClosed' | 'refused' | 'forwardFailed'>;
  readonly log: Log;
  readonly limits?: Partial<TunnelLimits>;
  /** Most polling sessions remembered. Default 20000. */
  readonly mostSessions?: number;
  /** Default: the machine's. */
  readonly clock?: SocketClock;
  /** Wall clock, milliseconds. Default: the machine's. */
  readonly wallClock?: () => number;
}

export interface Sockets {
  /** For each `upgrade` event of the public listener. Takes the socket over and never throws. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** For each HTTP request whose path is under /socket.io/. Resolves when it is done; never rejects. */
  handlePolling(request: IncomingMessage, response: ServerResponse): Promise<void>;
  readonly registry: SocketRegistry;
  readonly drain: SocketDrain;
  /**
   * Refuses new sockets, closes the open ones and the polls under way at the transport, evenly over `spreadMs`
   * (0: at once), and resolves when all have ended. Never sends a Socket.IO disconnect or an Engine.IO close.
   */
  close(spreadMs?: number): Promise<void>;
}

/** Row under which failures of sockets are counted. */
const SOCKETS_ROW = 'sockets';
const LONGEST_SHOWN = 120;

export function createSockets(options: SocketsOptions): Sockets {
  return new SocketsHandler(options);
}

class SocketsHandler implements Sockets {
  readonly registry: SocketRegistry;
  readonly drain: SocketDrain;
  readonly #options: SocketsOptions;
  readonly #clock: SocketClock;
  readonly #tunnels: ReturnType<typeof createGuardedTunnels>;
  readonly #sessions: PollingSessions;
  /** Upgrades under way and open tunnels. */
  readonly #attempts = new Set<TunnelAttempt>();
  /** Answers of polling requests under way. */
  readonly #polls = new Set<ServerResponse>();
  #closing: Promise<void> | undefined;
  #allEnded: () => void = () => {};

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemSocketClock;
    const wallClock = options.wallClock ?? Date.now;
    this.registry = new SocketRegistry({ metrics: options.metrics, wallClock });
    this.drain = new SocketDrain({ registry: this.registry, clock: this.#clock, wallClock });
    this.#tunnels = createGuardedTunnels({ ...DEFAULT_TUNNEL_LIMITS, ...options.limits });
    const most = options.mostSessions;
    this.#sessions = new PollingSessions({
      clock: this.#clock,
      registry: this.registry,
      ...(most === undefined ? {} : { most }),
    });
  }

  handleUpgrade(request: IncomingMessage, duplex: Duplex, head: Buffer): void {
    const socket = duplex as Socket;
    // Before anything else: a reset while the upgrade is under way would end the process.
    socket.on('error', () => {});
    if (socket.destroyed) return;
    const admission = this.#admit(request, 'upgrade');
    if (admission.refused === undefined) this.#openTunnel({ ...admission, request, socket, head });
    else this.#refuseUpgrade(socket, admission.refused, admission.requestId);
  }

  async handlePolling(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = this.#admit(request, 'polling');
    const { refused, requestId } = admission;
    if (refused !== undefined) {
      this.#options.metrics.refused(refused);
      answerError(response, { code: refused, ...socketRefusal(refused), requestId, close: true });
      return;
    }
    const { side, sid, read } = admission;
    this.#polls.add(response);
    const { forward } = this.#options;
    await this.#sessions.handle({ request, response, sid, side, facts: clientFacts(request, read), forward });
    this.#polls.delete(response);
    this.#settle();
  }

  /** Which side a request belongs to, or why to none. */
  #admit(request: IncomingMessage, as: 'upgrade' | 'polling'): Admission {
    const { rawHeaders, httpVersionMinor, socket } = request;
    const peer = socket.remoteAddress;
    const source = { rawHeaders, httpVersionMinor, peer, secure: 'encrypted' in socket };
    const read = readRequestHead(source, this.#options.trusted);
    if (typeof read === 'string') return { refused: 'head_ambiguous', requestId: '' };
    const { requestId } = read;
    // An upgrade has no body: what follows its head is the tunnel's, and a side could read an announced body differently.
    if (as === 'upgrade' && !(isWebSocketUpgrade(request) && read.bodyLength === 0))
      return { refused: 'upgrade_invalid', requestId };
    const target = readSocketTarget(request.url ?? '');
    if (typeof target === 'string') return { refused: target, requestId };
    if (this.#closing !== undefined) return { refused: 'facade_closing', requestId };
    const side = this.#sessions.sideOf(target.sid, this.#options.table().sockets.stage);
    if (side === 'drained') return { refused: 'session_drained', requestId };
    return { refused: undefined, requestId, read, side, sid: target.sid };
  }

  #openTunnel(upgrade: AdmittedUpgrade): void {
    const { request, read, requestId, socket, head, side, sid } = upgrade;
    const dialer = this.#options.dialer(side);
    if (dialer === undefined) {
      this.#refuseUpgrade(socket, `${side}_unavailable`, requestId);
      return;
    }
    const facts: SocketFacts = { side, transport: 'websocket', ...clientFacts(request, read) };
    const wanted = { side, target: request.url ?? '', headers: read.headers, requestId };
    let registered: RegisteredSocket | undefined;
    const attempt = this.#tunnels.open(wanted, socket, head, dialer, {
      opened: (tunnel) => {
        registered = this.registry.add(facts, tunnel);
        if (sid !== undefined) this.#sessions.upgraded(sid);
      },
      ended: (end) => {
        this.#attempts.delete(attempt);
        registered?.ended(endReason(end));
        if (sid !== undefined && registered !== undefined) this.#sessions.tunnelEnded(sid);
        this.#logEnd(end, facts, requestId, registered?.id);
        this.#settle();
      },
    });
    this.#attempts.add(attempt);
  }

  #refuseUpgrade(socket: Socket, code: SocketRefusalCode, requestId: string): void {
    this.#options.log.info('upgrade refused', { code, requestId, peer: socket.remoteAddress });
    this.#options.metrics.refused(code);
    answerErrorRaw(socket, { code, ...socketRefusal(code), requestId });
  }

  #logEnd(end: TunnelEnd, facts: SocketFacts, requestId: string, id: number | undefined): void {
    const { side, address, agentContext } = facts;
    const fields = { id, side, address, agentContext, requestId };
    if (end.how === 'failed') {
      this.#options.metrics.forwardFailed(SOCKETS_ROW, side, end.code);
      this.#options.log.warn('upgrade failed', { ...fields, code: end.code, cause: String(end.cause) });
    } else if (end.how === 'rejected') {
      this.#options.log.info('upgrade rejected by the side', { ...fields, status: end.status });
    } else this.#options.log.debug('tunnel ended', { ...fields, reason: endReason(end) });
  }

  close(spreadMs = 0): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#allEnded = resolve;
      this.drain.cancel();
      const closers = [
        ...[...this.#polls].map((response) => () => response.destroy()),
        ...[...this.#attempts].map((attempt) => () => attempt.close('shutdown')),
      ];
      const gapMs = spreadMs / Math.max(1, closers.length - 1);
      closers.forEach((closeOne, index) => {
        if (index * gapMs === 0) closeOne();
        else this.#clock.after(index * gapMs, closeOne);
      });
      // After the executor, so that `#closing` is set when it looks.
      queueMicrotask(() => this.#settle());
    });
    return this.#closing;
  }

  #settle(): void {
    if (this.#closing === undefined || this.#attempts.size > 0 || this.#polls.size > 0) return;
    this.#sessions.close();
    this.#allEnded();
  }
}

type Admission =
  | { readonly refused: SocketRefusalCode; readonly requestId: string }
  | {
      readonly refused: undefined;
      readonly requestId: string;
      readonly read: RequestHead;
      readonly side: Side;
      readonly sid: string | undefined;
    };

type AdmittedUpgrade = Extract<Admission, { refused: undefined }> & {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
};

function isWebSocketUpgrade(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.trim().toLowerCase() === 'websocket';
}

function clientFacts(request: IncomingMessage, read: RequestHead): Omit<SocketFacts, 'side' | 'transport'> {
  const context = request.headers['x-borealis-agent-context'];
  return {
    agentContext: (typeof context === 'string' ? context : undefined)?.slice(0, LONGEST_SHOWN),
    userAgent: request.headers['user-agent']?.slice(0, LONGEST_SHOWN),
    address: read.provenance.address,
  };
}

function endReason(end: TunnelEnd): string {
  return end.how === 'closed' ? end.reason : end.how;
}
