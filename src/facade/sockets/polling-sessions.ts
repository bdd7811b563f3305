/**
 * Long polling: chooses the side of each request, learns sessions from the answers that open them, and shows each
 * as one socket in the registry. Requests and answers pass unchanged and undelayed; their bodies are only glanced at.
 */
import type { AnswerTap } from '../forwarding/forward-exchange.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import type { Side } from '../side.js';
import {
  DEFAULT_PING_INTERVAL_MS,
  DEFAULT_PING_TIMEOUT_MS,
  HandshakeReader,
  type PollingHandshake,
} from './polling-handshake.js';
import { type PinRelease, PollingPins } from './polling-pins.js';
import type { SocketClock } from './socket-clock.js';
import type { RegisteredSocket, SocketFacts, SocketRegistry } from './socket-registry.js';

export interface PollingSessionsOptions {
  readonly clock: SocketClock;
  readonly registry: SocketRegistry;
  readonly most?: number;
  readonly marginMs?: number;
}

/** One request of a session, or the one that opens it. */
export interface PollingExchange {
  readonly method: string;
  readonly sid: string | undefined;
  readonly side: Side;
  readonly facts: Omit<SocketFacts, 'side' | 'transport'>;
  /** Sends the request to the side, with a tap on the answer. Must not reject. */
  readonly forward: (tap: AnswerTap) => Promise<ForwardResult>;
}

interface Session {
  readonly socket: RegisteredSocket;
  bytesUp: number;
  messageBytesUp: number;
  bytesDown: number;
}

/** Engine.IO's close packet, which is the last of an answer; 0x1e stands between packets. */
function endsWithClose(chunk: Buffer): boolean {
  return chunk.at(-1) === 0x31 && (chunk.length === 1 || chunk.at(-2) === 0x1e);
}

export class PollingSessions {
  readonly #pins: PollingPins;
  readonly #registry: SocketRegistry;
  /** Sessions that the registry shows, by session id. */
  readonly #sessions = new Map<string, Session>();
  /** Session ids with an open tunnel. */
  readonly #tunnelled = new Set<string>();

  constructor(options: PollingSessionsOptions) {
    this.#registry = options.registry;
    const { clock, most, marginMs } = options;
    this.#pins = new PollingPins({
      clock,
      ...(most === undefined ? {} : { most }),
      ...(marginMs === undefined ? {} : { marginMs }),
      released: ({ sid }, why) => this.#ended(sid, why),
    });
  }

  /**
   * Who serves a session's next request: the side that opened it. A session that is not known (the facade was
   * restarted, or forgot it) goes where new ones go: while nothing was flipped meanwhile that is its side, and
   * otherwise the other side refuses it and the client opens a new one. `drained`: refuse it here.
   */
  sideOf(sid: string | undefined, stage: Side): Side | 'drained' {
    const pin = sid === undefined ? undefined : this.#pins.find(sid);
    if (pin === undefined) return stage;
    return pin.drained ? 'drained' : pin.side;
  }

  async handle(exchange: PollingExchange): Promise<ForwardResult> {
    const { method, sid, side, forward } = exchange;
    const ended = sid === undefined ? undefined : this.#pins.use(sid);
    let opened = sid;
    const tap = new SessionTap(sid, method, {
      opened: (handshake) => {
        opened = handshake.sid;
        this.#pins.add(handshake, side);
        this.#show(handshake.sid, exchange);
      },
      alive: (known) => this.#adopt(known, exchange),
      gone: (known, why) => this.#pins.release(known, why),
    });
    try {
      const result = await forward(tap);
      const session = opened === undefined ? undefined : this.#sessions.get(opened);
      if (session !== undefined) {
        session.bytesUp += result.bytesUp;
        if (!isHeartbeat(result.bytesUp)) session.messageBytesUp += result.bytesUp;
        session.bytesDown += result.bytesDown;
      }
      return result;
    } finally {
      ended?.();
    }
  }

  /** The session opened a tunnel: shown as that from now on. Keeps its pin for the polls of the change-over. */
  upgraded(sid: string): void {
    this.#tunnelled.add(sid);
    this.#ended(sid, 'upgraded');
  }

  /** Its tunnel ended: with it the session, unless it was only a try. */
  tunnelEnded(sid: string): void {
    this.#tunnelled.delete(sid);
  }

  close(): void {
    this.#pins.close();
  }

  #show(sid: string, { side, facts }: PollingExchange): void {
    if (this.#sessions.has(sid) || this.#tunnelled.has(sid)) return;
    const session: Session = {
      bytesUp: 0,
      messageBytesUp: 0,
      bytesDown: 0,
      socket: this.#registry.add(
        { ...facts, side, transport: 'polling' },
        {
          close: () => this.#drain(sid),
          bytesUp: () => session.bytesUp,
          bytesDown: () => session.bytesDown,
          messageBytesUp: () => session.messageBytesUp,
        },
      ),
    };
    this.#sessions.set(sid, session);
  }

  /** A side knows a session that we may not: pinned from now on, so that a later flip does not end it. */
  #adopt(sid: string, exchange: PollingExchange): void {
    const pin = this.#pins.find(sid);
    if (pin?.drained) return;
    const timing = { pingIntervalMs: DEFAULT_PING_INTERVAL_MS, pingTimeoutMs: DEFAULT_PING_TIMEOUT_MS };
    if (pin === undefined) this.#pins.add({ sid, ...timing }, exchange.side);
    this.#show(sid, exchange);
  }

  #drain(sid: string): void {
    this.#pins.drain(sid);
    this.#ended(sid, 'drained');
  }

  #ended(sid: string, reason: PinRelease | 'upgraded'): void {
    const session = this.#sessions.get(sid);
    if (session === undefined) return;
    this.#sessions.delete(sid);
    session.socket.ended(reason);
  }
}

interface SessionEvents {
  opened(handshake: PollingHandshake): void;
  /** The side answered a request of the session as one that it knows. */
  alive(sid: string): void;
  /** It did not know it, or has closed it. */
  gone(sid: string, why: PinRelease): void;
}

/** Glances at one answer. */
class SessionTap implements AnswerTap {
  readonly #sid: string | undefined;
  readonly #method: string;
  readonly #events: SessionEvents;
  #reader: HandshakeReader | undefined;
  #mayClose = false;

  constructor(sid: string | undefined, method: string, events: SessionEvents) {
    this.#sid = sid;
    this.#method = method;
    this.#events = events;
  }

  onHead(status: number, headers: readonly string[]): void {
    const isPoll = this.#method === 'GET';
    if (this.#sid === undefined) {
      if (status === 200 && isPoll) this.#reader = new HandshakeReader(headerValue(headers, 'content-encoding'));
      return;
    }
    // "Unknown session", from the legacy and from the engine alike.
    if (status === 400) this.#events.gone(this.#sid, 'unknown-session');
    if (status === 200 && (isPoll || this.#method === 'POST')) this.#events.alive(this.#sid);
    this.#mayClose = status === 200 && isPoll;
  }

  onChunk(chunk: Buffer): void {
    const handshake = this.#reader?.push(chunk);
    if (handshake !== undefined) {
      this.#reader = undefined;
      this.#events.opened(handshake);
    }
    if (this.#mayClose && this.#sid !== undefined && endsWithClose(chunk)) this.#events.gone(this.#sid, 'closed');
  }
}

/** @param list name and value in turn */
function headerValue(list: readonly string[], name: string): string | undefined {
  const at = list.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : list[at + 1];
}

/**
 * Whether a body of so many bytes can be no message: Engine.IO's packets without data have one, and all messages more. Where such a
 * packet is no heartbeat it closes the session, and the end of one writes nothing but a line of the log (contract/sockets.md 2).
 */
export function isHeartbeat(bodyBytes: number | 'chunked'): boolean {
  return bodyBytes === 1;
}
