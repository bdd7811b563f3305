/**
 * The facade's end of the link to the engine (src/legacy-bridge/realtime/bridge-protocol.ts): one WebSocket, made anew
 * for as long as it is wanted. Knows sessions by id only, and nothing of rows.
 */
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import {
  BRIDGE_PATH,
  BRIDGE_VERSION,
  type BridgedHandshake,
  type EventUse,
  type ToEngine,
  type ToFacade,
  WRONG_VERSION_CLOSE,
} from '../../../legacy-bridge/realtime/bridge-protocol.js';
import type { Log } from '../../logging/log.js';
import type { SideDialer } from '../side-dialer.js';
import type { SocketClock } from '../socket-clock.js';
import { LinkMessages } from './link-messages.js';
import type { Message } from './whole-packets.js';

export type Done = Extract<ToFacade, { readonly type: 'done' }>;
export type Emit = Extract<ToFacade, { readonly type: 'emit' }>;

/** A session as the engine is told of it. */
export interface LinkedSession {
  readonly id: string;
  readonly handshake: BridgedHandshake;
  /** Its id in the namespace `/` while it has joined. */
  readonly socket: string | undefined;
}

/** What became of an event: the engine's word, or that nobody knows. */
export type EventFate = { readonly done: Done; readonly attachments: readonly Buffer[] } | 'lost';

export interface EngineLinkOptions {
  /** How the engine is dialled; undefined while it is switched off. */
  readonly dialer: () => SideDialer | undefined;
  /** All open sessions, for an engine that has just been reached. */
  readonly sessions: () => Iterable<LinkedSession>;
  /** Bytes of events that may wait for the engine's answer; beyond, events are refused. */
  readonly bufferBytes: number;
  readonly log: Log;
  readonly clock: SocketClock;
  /** The engine was reached. It knows nothing of sessions but what was just told. */
  readonly up: () => void;
  readonly down: () => void;
  readonly emit: (emit: Emit, attachments: readonly Buffer[]) => void;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 2_000;
/** For connecting and for the welcome. */
const HANDSHAKE_MS = 5_000;
/** For what is on its way when the link is closed. */
const LINGER_MS = 1_000;
/** An engine that says nothing for as long after a ping is taken for gone. Not to be short: its fleet then registers anew. */
const PING_MS = 20_000;
/** Of an event without an answer, for what is remembered of it on both ends besides its bytes. */
const EVENT_BYTES = 1_000;
/** By which the engine ends a link when it stops (RFC 6455 7.4.1): it has answered all that it handled, and handles no more. */
const GOING_AWAY = 1001;
const NOT_HANDLED: EventFate = {
  done: { type: 'done', number: 0, outcome: 'refused', attachments: 0, ms: 0 },
  attachments: [],
};

/** An event that the engine has not answered. */
interface Unanswered {
  readonly bytes: number;
  readonly settled: (fate: EventFate) => void;
}

export class EngineLink {
  readonly #options: EngineLinkOptions;
  #socket: WebSocket | undefined;
  #isUp = false;
  #closed = false;
  #retryMs = FIRST_RETRY_MS;
  #cancelRetry: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;
  #lastNumber = 0;
  /** By number. */
  readonly #waiting = new Map<number, Unanswered>();
  #waitingBytes = 0;
  #saidWhy = '';
  /** Something was heard since the last look. */
  #isAlive = false;

  constructor(options: EngineLinkOptions) {
    this.#options = options;
  }

  /** Whether events can be handed over. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** From now on the link is made and kept. */
  want(): void {
    if (this.#socket === undefined && this.#cancelRetry === undefined && !this.#closed) this.#connect();
  }

  /** The engine has just become ready: what it emits before the link is up reaches nobody. Nothing where no link is wanted. */
  hasten(): void {
    if (this.#cancelRetry === undefined || this.#closed) return;
    this.#cancelRetry();
    this.#cancelRetry = undefined;
    this.#connect();
  }

  opened({ id, handshake }: LinkedSession): void {
    this.#tell({ type: 'open', session: id, handshake });
  }

  joined(session: string, socket: string): void {
    this.#tell({ type: 'join', session, socket });
  }

  left(session: string): void {
    this.#tell({ type: 'leave', session });
  }

  ended(session: string, reason: string): void {
    this.#tell({ type: 'close', session, reason });
  }

  /**
   * Hands an event over.
   *
   * @param settled called once, later; never when the event was not taken
   * @returns false when there is no link, too much waits for the engine, or the text can't be sent: nothing was
   */
  event(
    event: { readonly session: string; readonly use: EventUse; readonly messages: readonly Message[] },
    settled: (fate: EventFate) => void,
  ): boolean {
    const socket = this.#socket;
    const { bufferBytes } = this.#options;
    if (!this.#isUp || socket === undefined) return false;
    if (socket.bufferedAmount > bufferBytes || this.#waitingBytes > bufferBytes) return false;
    const { session, use, messages } = event;
    const [packet = '', ...attachments] = messages;
    const number = this.#lastNumber + 1;
    const fields = { type: 'event', number, session, use, packet: packet as string } as const;
    const text = textOf({ ...fields, attachments: attachments.length });
    if (text === undefined) return false;
    this.#lastNumber = number;
    const bytes = messages.reduce((sum, { length }) => sum + length, EVENT_BYTES);
    this.#waiting.set(number, { bytes, settled });
    this.#waitingBytes += bytes;
    socket.send(text);
    for (const attachment of attachments) socket.send(attachment);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#cancelWatch?.();
    const socket = this.#socket;
    if (socket === undefined) return;
    // What clients sent before the end is still to arrive.
    if (this.#isUp) socket.close(1000);
    else socket.terminate();
    this.#options.clock.after(LINGER_MS, () => socket.terminate());
  }

  #tell(message: ToEngine): void {
    if (this.#isUp || message.type === 'hello') this.#socket?.send(JSON.stringify(message));
  }

  #connect(): void {
    const dialer = this.#options.dialer();
    if (dialer === undefined) {
      this.#retry('the engine is switched off');
      return;
    }
    const { protocol, host, port, socketPath } = dialer.target;
    const secure = protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${secure}://${host}:${port}${BRIDGE_PATH}`, {
      ...(socketPath === undefined ? { agent: dialer.agent } : { createConnection: () => connect(socketPath) }),
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: 0,
    });
    this.#socket = socket;
    const messages = new LinkMessages((message, attachments) => this.#take(message, attachments));
    let why = 'closed';
    socket.on('error', (error) => {
      why = error.message;
    });
    socket.once('open', () => {
      this.#tell({ type: 'hello', version: BRIDGE_VERSION });
      this.#watch(socket, HANDSHAKE_MS);
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (!messages.take(isBinary ? data : data.toString())) {
        why = 'a message that is none of the link';
        socket.terminate();
      }
    });
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.once('close', (code) =>
      this.#ended(
        code === WRONG_VERSION_CLOSE ? 'another version of the link' : why,
        code === GOING_AWAY ? NOT_HANDLED : 'lost',
      ),
    );
  }

  /** First for the welcome, then for pongs. */
  #watch(socket: WebSocket, ms: number): void {
    this.#isAlive = false;
    this.#cancelWatch = this.#options.clock.after(ms, () => {
      if (!this.#isAlive) {
        socket.terminate();
        return;
      }
      socket.ping();
      this.#watch(socket, PING_MS);
    });
  }

  #take(message: ToFacade, attachments: readonly Buffer[]): void {
    this.#isAlive = true;
    switch (message.type) {
      case 'welcome':
        this.#welcomed(message.version, message.build);
        return;
      case 'done': {
        const unanswered = this.#waiting.get(message.number);
        this.#waiting.delete(message.number);
        this.#waitingBytes -= unanswered?.bytes ?? 0;
        unanswered?.settled({ done: message, attachments });
        return;
      }
      case 'emit':
        this.#options.emit(message, attachments);
    }
  }

  #welcomed(version: number, build: string): void {
    const { log, sessions, up } = this.#options;
    if (version !== BRIDGE_VERSION) {
      this.#socket?.close(WRONG_VERSION_CLOSE);
      return;
    }
    if (this.#isUp) return;
    this.#isUp = true;
    this.#retryMs = FIRST_RETRY_MS;
    this.#saidWhy = '';
    for (const session of sessions()) {
      this.opened(session);
      if (session.socket !== undefined) this.joined(session.id, session.socket);
    }
    log.info('socket-link-up', { build });
    up();
  }

  #ended(why: string, fate: EventFate): void {
    this.#cancelWatch?.();
    this.#socket = undefined;
    const wasUp = this.#isUp;
    this.#isUp = false;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#waitingBytes = 0;
    for (const { settled } of waiting) settled(fate);
    if (wasUp) this.#options.down();
    this.#retry(why, fate === 'lost' ? waiting.length : 0);
  }

  #retry(why: string, lost = 0): void {
    if (this.#closed) return;
    // Said when it changes: an engine that is off stays off.
    if (why !== this.#saidWhy || lost > 0) this.#options.log.warn('socket-link-down', { why, lost });
    this.#saidWhy = why;
    const ms = this.#retryMs;
    this.#retryMs = Math.min(LONGEST_RETRY_MS, ms * 2);
    this.#cancelRetry = this.#options.clock.after(ms, () => {
      this.#cancelRetry = undefined;
      this.#connect();
    });
  }
}

/** @returns undefined for what is too long for a text, as a hundred million control characters are once they are escaped */
function textOf(message: ToEngine): string | undefined {
  try {
    return JSON.stringify(message);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
