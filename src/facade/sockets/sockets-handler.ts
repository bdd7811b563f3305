/**
 * The facade's door for /socket.io/: decides the side of each upgrade and each polling request, opens tunnels, keeps
 * the registry, drains, and closes all at shutdown. Connections stay where they are when the stage is flipped.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { RELAY_HEADER } from '../../legacy-bridge/realtime/relay-protocol.js';
import { agentGuid } from '../decision/client-key.js';
import { answerError, answerErrorRaw } from '../forwarding/error-response.js';
import type { AnswerTap } from '../forwarding/forward-exchange.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import type { Forwarder } from '../forwarding/forwarder.js';
import type { RequestHead } from '../forwarding/request-head.js';
import type { Incoming } from '../listener/incoming.js';
import type { Log } from '../logging/log.js';
import type { EventMetrics } from '../metrics/event-metrics.js';
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
import { PollingSessions } from './polling-sessions.js';
import type { SideDialer } from './side-dialer.js';
import { type SocketClock, systemSocketClock } from './socket-clock.js';
import { DEFAULT_SETTLE_MS, SocketDrain } from './socket-drain.js';
import { type SocketRefusalCode, socketRefusal } from './socket-error.js';
import { type ClientFacts, type RegisteredSocket, type SocketFacts, SocketRegistry } from './socket-registry.js';
import { readSocketTarget } from './socket-target.js';
import { BridgeEntry } from './split/bridge-entry.js';
import type { EventShadow } from './split/event-shadow.js';
import type { Closer } from './split/split-bridge.js';
import { DEFAULT_SPLIT_SETTINGS, type SplitSettings } from './split/split-settings.js';

export interface SocketsOptions {
  /** The table in force; asked once per request. */
  readonly table: () => Pick<TableSnapshot, 'sockets'>;
  /**
   * How a side is dialled now; undefined while there is none (engine off). Then, and when it can't be reached, clients
   * are refused and come back: they are never moved to the other side in silence, for a fleet that goes to and fro
   * loses its registrations each time.
   */
  readonly dialer: (side: Side) => SideDialer | undefined;
  /** Forwards polling requests. A poll under way holds one of its connections to a side, for up to half a minute. */
  readonly forwarder: Pick<Forwarder, 'forward'>;
  /** Settings `answers.servedBy`, for polling answers. */
  readonly servedBy: 'none' | 'browsers' | 'all';
  readonly metrics: Pick<
    FacadeMetrics,
    'socketOpened' | 'socketClosed' | 'refused' | 'forwardFailed' | 'requestFinished'
  > &
    EventMetrics;
  /** Settings `sockets.split`. Default: those of the schema. */
  readonly split?: SplitSettings;
  /** Compares events of the packet bridge. Default: nothing does. */
  readonly eventShadow?: () => EventShadow;
  readonly log: Log;
  readonly limits?: Partial<TunnelLimits>;
  /** Longest wait for a byte of a polling answer, milliseconds; more than a side's `pingInterval`. Default 120000. */
  readonly pollTimeoutMs?: number;
  /** Most polling sessions remembered. Default 20000. */
  readonly mostSessions?: number;
  /** How long a drain spares a socket after it was opened, milliseconds; see SocketDrainOptions. */
  readonly settleMs?: number;
  /** Default: the machine's, which is the one that `Incoming.startedAt` is read from. */
  readonly clock?: SocketClock;
  /** Wall clock, milliseconds. Default: the machine's. */
  readonly wallClock?: () => number;
}

export interface Sockets {
  /**
   * For each WebSocket handshake under /socket.io/. Takes the connection over and never throws.
   *
   * @param first bytes that came behind the head
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, first: Buffer, head: RequestHead): void;
  /** For each other request under /socket.io/. Resolves when it is done with; rejects only for faults of the facade's own. */
  handlePolling(incoming: Incoming): Promise<void>;
  /** To be called when another table is in force. */
  tableChanged(): void;
  /** To be called when an engine has become ready. */
  engineReady(): void;
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
const DEFAULT_POLL_TIMEOUT_MS = 120_000;
/** Of a stop, which must not take long: by then an agent that finds nobody to call by HTTP any more is done with what it does first. */
const LONGEST_SPARED_MS = 3_000;

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
  readonly #split: BridgeEntry;
  /** Upgrades under way and open tunnels, with what tells the tunnel's id in the registry. */
  readonly #attempts = new Map<TunnelAttempt, () => number | undefined>();
  /** Answers of polling requests under way. */
  readonly #polls = new Set<ServerResponse>();
  #closing: Promise<void> | undefined;
  #allEnded: () => void = () => {};

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemSocketClock;
    const wallClock = options.wallClock ?? Date.now;
    this.registry = new SocketRegistry({ metrics: options.metrics, wallClock, now: () => this.#clock.now() });
    const settle = options.settleMs === undefined ? {} : { settleMs: options.settleMs };
    this.drain = new SocketDrain({ registry: this.registry, clock: this.#clock, wallClock, ...settle });
    const limits = { ...DEFAULT_TUNNEL_LIMITS, ...options.limits };
    this.#tunnels = createGuardedTunnels(limits);
    const most = options.mostSessions;
    this.#sessions = new PollingSessions({
      clock: this.#clock,
      registry: this.registry,
      ...(most === undefined ? {} : { most }),
    });
    this.#split = new BridgeEntry({
      ...{ table: options.table, dialer: options.dialer, metrics: options.metrics, log: options.log },
      ...{ servedBy: options.servedBy, limits, registry: this.registry, clock: this.#clock, ...settle },
      eventShadow: options.eventShadow,
      settings: options.split ?? DEFAULT_SPLIT_SETTINGS,
      settled: () => this.#settle(),
    });
  }

  tableChanged(): void {
    this.#split.bridge.tableChanged();
  }

  engineReady(): void {
    this.#split.bridge.engineReady();
  }

  handleUpgrade(request: IncomingMessage, duplex: Duplex, first: Buffer, head: RequestHead): void {
    const socket = duplex as Socket;
    // Before anything else: a reset while the upgrade is under way would end the process.
    socket.on('error', () => {});
    if (socket.destroyed) return;
    // An upgrade has no body: what follows its head is the tunnel's, and a side could read an announced body differently.
    const proper = isWebSocketUpgrade(request) && head.bodyLength === 0;
    const isRelay = request.headers[RELAY_HEADER] !== undefined;
    const route = isRelay ? 'relay_refused' : proper ? this.#route(request.url ?? '') : 'upgrade_invalid';
    if (typeof route === 'string') this.#refuseUpgrade(socket, route, head.requestId);
    else if (!this.#split.upgrade({ request, socket, first, head }, clientFacts(request, head)))
      this.#openTunnel({ ...route, request, socket, first, head });
  }

  async handlePolling(incoming: Incoming): Promise<void> {
    const { res, head, target, method } = incoming;
    const route = this.#route(target);
    if (typeof route === 'string') {
      this.#options.metrics.refused(route);
      answerError(res, { code: route, ...socketRefusal(route), requestId: head.requestId, close: true });
      return;
    }
    const { side, sid } = route;
    const facts = clientFacts(incoming.req, head);
    const bridged = this.#split.poll(incoming, facts);
    if (bridged !== undefined) {
      await bridged;
      return;
    }
    this.#polls.add(res);
    const forward = (tap: AnswerTap): Promise<ForwardResult> => this.#forward(incoming, side, tap);
    try {
      this.#concludePoll(incoming, side, await this.#sessions.handle({ method, sid, side, facts, forward }));
    } finally {
      this.#polls.delete(res);
      this.#settle();
    }
  }

  #forward({ req, res, head, target, expectsContinue }: Incoming, side: Side, tap: AnswerTap): Promise<ForwardResult> {
    const { forwarder, servedBy } = this.#options;
    const tellSide = servedBy === 'all' || (servedBy === 'browsers' && !head.fromAgent);
    const timeoutMs = this.#options.pollTimeoutMs ?? DEFAULT_POLL_TIMEOUT_MS;
    return forwarder.forward({ req, res, head, target, side, timeoutMs, tellSide, expectsContinue, tap });
  }

  #concludePoll({ req, res, head, startedAt }: Incoming, side: Side, result: ForwardResult): void {
    const { metrics, log } = this.#options;
    const seconds = (this.#clock.now() - startedAt) / 1000;
    const { bytesUp, bytesDown } = result;
    if (result.outcome === 'answered') {
      metrics.requestFinished(SOCKETS_ROW, side, result.status, seconds, bytesUp, bytesDown);
      return;
    }
    const { code, kind, cause } = result.error;
    const { status, reason, retryAfter } = kind;
    const { requestId } = head;
    if (code.startsWith(`${side}_`)) metrics.forwardFailed(SOCKETS_ROW, side, code);
    log[kind.logLevel]('poll failed', {
      code,
      side,
      requestId,
      cause: cause instanceof Error ? cause.message : undefined,
    });
    if (result.answerStarted) {
      metrics.requestFinished(SOCKETS_ROW, side, result.status ?? 0, seconds, bytesUp, bytesDown);
      return;
    }
    const bytes = answerError(res, { status, code, reason, requestId, retryAfter, close: !req.complete });
    metrics.requestFinished(SOCKETS_ROW, 'facade', status, seconds, bytesUp, bytes);
  }

  /** Which side a request belongs to, or why to none. */
  #route(target: string): Route | SocketRefusalCode {
    const read = readSocketTarget(target);
    if (typeof read === 'string') return read;
    if (this.#closing !== undefined) return 'facade_closing';
    const { stage } = this.#options.table().sockets;
    const side = this.#sessions.sideOf(read.sid, stage === 'engine' ? 'engine' : 'legacy');
    return side === 'drained' ? 'session_drained' : { side, sid: read.sid };
  }

  #openTunnel(upgrade: Upgrade): void {
    const { request, socket, first, head, side, sid } = upgrade;
    const { requestId } = head;
    const dialer = this.#options.dialer(side);
    if (dialer === undefined) {
      this.#refuseUpgrade(socket, `${side}_unavailable`, requestId);
      return;
    }
    const facts: SocketFacts = { side, transport: 'websocket', ...clientFacts(request, head) };
    const wanted = { side, target: request.url ?? '', headers: head.headers, requestId };
    let registered: RegisteredSocket | undefined;
    const attempt = this.#tunnels.open(wanted, socket, first, dialer, {
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
    this.#attempts.set(attempt, () => registered?.id);
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
      const closers: Closer[] = [
        ...[...this.#polls].map((response) => ({ close: () => void response.destroy() })),
        ...[...this.#attempts].map(([attempt, id]) => ({
          close: () => attempt.close('shutdown'),
          greetingSince: this.#greetingSince(id()),
        })),
        ...this.#split.bridge.closers('shutdown'),
      ];
      const gapMs = spreadMs / Math.max(1, closers.length - 1);
      closers.forEach(({ close, greetingSince }, index) => {
        const ms = Math.max(index * gapMs, this.#sparedMs(greetingSince));
        if (ms === 0) close();
        else this.#clock.after(ms, close);
      });
      // After the executor, so that `#closing` is set when it looks.
      queueMicrotask(() => this.#settle());
    });
    return this.#closing;
  }

  /** @param id of a tunnel that is open */
  #greetingSince(id: number | undefined): number | undefined {
    return id !== undefined && this.registry.isAgent(id) ? this.registry.openedAt(id) : undefined;
  }

  /** For how long an agent is spared that may still be at what it does first. */
  #sparedMs(greetingSince: number | undefined): number {
    if (greetingSince === undefined) return 0;
    const { settleMs = DEFAULT_SETTLE_MS } = this.#options;
    return Math.min(LONGEST_SPARED_MS, Math.max(0, greetingSince + settleMs - this.#clock.now()));
  }

  #settle(): void {
    if (this.#closing === undefined || this.#attempts.size > 0 || this.#polls.size > 0) return;
    if (this.#split.bridge.size > 0) return;
    this.#sessions.close();
    this.#split.bridge.close();
    this.#allEnded();
  }
}

/** Where a request under /socket.io/ goes. */
interface Route {
  readonly side: Side;
  /** The Engine.IO session that it belongs to; undefined when it opens one. */
  readonly sid: string | undefined;
}

interface Upgrade extends Route {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly first: Buffer;
  readonly head: RequestHead;
}

function isWebSocketUpgrade(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.trim().toLowerCase() === 'websocket';
}

function clientFacts(request: IncomingMessage, head: RequestHead): ClientFacts {
  const context = request.headers['x-borealis-agent-context'];
  return {
    agentContext: (typeof context === 'string' ? context : undefined)?.slice(0, LONGEST_SHOWN),
    userAgent: request.headers['user-agent']?.slice(0, LONGEST_SHOWN),
    address: head.provenance.address,
    agentGuid: agentGuid(request.headers)?.slice(0, LONGEST_SHOWN),
  };
}

function endReason(end: TunnelEnd): string {
  return end.how === 'closed' ? end.reason : end.how;
}
