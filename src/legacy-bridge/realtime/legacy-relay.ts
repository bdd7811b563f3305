/**
 * A plain client of the legacy's Socket.IO, in the name of all clients that are not its own: hears what the legacy emits to all, and to
 * the rooms that were joined over it, and tells it what it must know. Comes back for ever. Knows nothing of what events mean.
 */
import type { Agent } from 'node:http';
import { Manager, type ManagerOptions, type Socket } from 'socket.io-client';
import { type RawEvent, rawParser } from './raw-parser.js';
import { RELAY_HEADER } from './relay-protocol.js';

export interface LegacyRelayOptions {
  /** Scheme, host and port of the legacy. */
  readonly url: string;
  /** What opens its connections: TLS is verified there. */
  readonly agent: Agent;
  /** It has joined, anew: the legacy knows nothing of what was said before. */
  readonly up: () => void;
  /** It is gone, or can't be reached. Called for each try. */
  readonly down: (why: string) => void;
  readonly heard: (event: string, packet: RawEvent) => void;
  /** First pause before another try, milliseconds; doubles, and each is shortened or lengthened by up to a half. Default 500. */
  readonly retryMs?: number;
  /** Longest pause. Default 5000, after which agents come back, too. */
  readonly longestRetryMs?: number;
}

const RETRY_MS = 500;
const LONGEST_RETRY_MS = 5_000;
const HANDSHAKE_MS = 10_000;

export class LegacyRelay {
  readonly #options: LegacyRelayOptions;
  readonly #manager: Manager;
  readonly #socket: Socket;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LegacyRelayOptions) {
    this.#options = options;
    const { url, agent, retryMs = RETRY_MS, longestRetryMs = LONGEST_RETRY_MS } = options;
    this.#manager = new Manager(url, {
      transports: ['websocket'],
      parser: rawParser,
      extraHeaders: { 'user-agent': 'borealis-engine-relay', [RELAY_HEADER]: '1' },
      reconnectionDelay: retryMs,
      reconnectionDelayMax: longestRetryMs,
      timeout: HANDSHAKE_MS,
      ...ofTransport(agent),
    });
    this.#socket = this.#manager.socket('/');
    this.#socket.on('connect', () => options.up());
    this.#socket.on('connect_error', (error) => this.#lost(wordsOf(error)));
    this.#socket.on('disconnect', (reason) => this.#lost(reason));
    this.#socket.onAny((event: string, packet: RawEvent) => options.heard(event, packet));
  }

  get isUp(): boolean {
    return this.#socket.connected;
  }

  /**
   * Sends an event; nothing while it is not up.
   *
   * @param json the argument
   * @param done called when the legacy acknowledges; never when it does not, or is lost before
   */
  say(event: string, json: string, done?: () => void): void {
    if (!this.#socket.connected) return;
    if (done === undefined) this.#socket.emit(event, json);
    else this.#socket.emit(event, json, done);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#socket.disconnect();
  }

  #lost(why: string): void {
    if (this.#closed) return;
    if (this.#socket.connected && !this.#socket.active) {
      // A refusal of one that had joined: the library holds it for connected, and would not connect it again. Comes back here.
      this.#socket.disconnect();
      return;
    }
    // What could not be sent is said anew, not late.
    this.#socket.sendBuffer = [];
    this.#options.down(why);
    // The library does not come back to a server that ended the session by a packet, or refused the namespace.
    if (this.#socket.active) return;
    clearTimeout(this.#retry);
    const { longestRetryMs = LONGEST_RETRY_MS } = this.#options;
    this.#retry = setTimeout(() => this.#socket.connect(), longestRetryMs);
  }
}

/** Options of the transport that the library hands on and does not declare. */
function ofTransport(agent: Agent): Partial<ManagerOptions> {
  // What the legacy emits has no limit (contract: sockets, 1).
  const options = { agent, maxPayload: 0, perMessageDeflate: false };
  return options as unknown as Partial<ManagerOptions>;
}

/** The library's error names no cause; the WebSocket's, below it, does. */
function wordsOf(error: Error): string {
  const { description } = error as { description?: { readonly message?: unknown } };
  const cause = description?.message;
  return typeof cause === 'string' && cause !== '' ? cause : error.message;
}
