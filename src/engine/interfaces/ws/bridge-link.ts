/**
 * The engine's end of the link to a facade that splits its sockets (src/legacy-bridge/realtime/bridge-protocol.ts): clients of the legacy
 * whose events come here. The facade owns their connections; here are who has joined, and the rooms.
 */
import type { WebSocket } from 'ws';
import {
  BRIDGE_VERSION,
  type EventUse,
  type ToFacade,
  WRONG_VERSION_CLOSE,
} from '../../../legacy-bridge/realtime/bridge-protocol.js';
import type { WireText } from '../../domain/encode-payload.js';
import type { EngineLog } from '../../logging/engine-log.js';
import type { EventCarrier, EventClient, EventHub } from '../../services/event-hub.js';
import type { DispatchedEvent, EventDispatcher } from './event-dispatcher.js';
import { FrameReader, type LinkMessage, LinkViolation } from './frame-reader.js';
import { SerialQueue } from './serial-queue.js';

export interface BridgeLinkParts {
  readonly hub: EventHub;
  readonly dispatcher: EventDispatcher;
  readonly build: () => Promise<string>;
  readonly monotonic: () => number;
  /** What the facade may have left unread when more is to be sent. */
  readonly maxUnsentBytes: number;
  readonly log: EngineLog;
}

interface BridgedSession {
  readonly queue: SerialQueue;
  /** While it has joined. */
  client: EventClient | undefined;
}

/** Events of all sessions that wait; further ones are refused. */
const MOST_WAITING = 20_000;
const VIOLATION_CLOSE = 4002;
/** RFC 6455 7.4.1. */
const GOING_AWAY = 1001;
const USES: readonly EventUse[] = ['handle', 'learn', 'dry-run'];

export class BridgeLink implements EventCarrier {
  readonly #socket: WebSocket;
  readonly #parts: BridgeLinkParts;
  readonly #reader = new FrameReader();
  readonly #sessions = new Map<string, BridgedSession>();
  readonly #queues = new Set<SerialQueue>();
  #detach: (() => void) | undefined;
  #waiting = 0;
  #isFinishing = false;

  constructor(socket: WebSocket, parts: BridgeLinkParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on('error', (error) => parts.log.warn(`bridge-link-broken ${error.message}`));
    socket.once('close', (code) => this.#ended(code));
  }

  /** Clients that have joined. */
  get size(): number {
    return [...this.#sessions.values()].filter(({ client }) => client !== undefined).length;
  }

  send(to: 'all' | readonly string[], event: string, { text, attachments }: WireText): void {
    this.#tell({ type: 'emit', to, event, packet: text, attachments: attachments.length }, attachments);
  }

  /** Answers what it has heard, refuses what still comes, and then closes: the facade is never left without an answer. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    await this.idle();
    this.#socket.close(GOING_AWAY);
  }

  /** Resolves when all events that came over it are done. */
  async idle(): Promise<void> {
    await Promise.all([...this.#queues].map((queue) => queue.idle()));
  }

  #receive(data: Buffer, isBinary: boolean): void {
    try {
      const message = this.#reader.read(data, isBinary);
      if (message !== undefined) this.#take(message);
    } catch (error) {
      if (!(error instanceof LinkViolation)) throw error;
      this.#parts.log.error(`bridge-link-violated ${error.message}`);
      this.#socket.close(VIOLATION_CLOSE, error.message);
    }
  }

  #take({ fields, attachments }: LinkMessage): void {
    if (fields.type === 'hello') {
      this.#welcome(fields.version);
      return;
    }
    if (this.#detach === undefined) throw new LinkViolation('something before hello');
    const id = textOf(fields, 'session');
    switch (fields.type) {
      case 'open':
        this.#session(id);
        return;
      case 'join':
        this.#join(id);
        return;
      case 'leave':
        this.#leave(id);
        return;
      case 'close':
        this.#leave(id);
        this.#sessions.delete(id);
        return;
      case 'event':
        this.#event(id, fields, attachments);
        return;
      default:
        this.#parts.log.debug(`bridge-link-unknown type=${String(fields.type)}`);
    }
  }

  #welcome(version: unknown): void {
    const { hub, build, log } = this.#parts;
    if (version !== BRIDGE_VERSION) {
      log.error(`bridge-link-refused version=${String(version)}: this engine speaks ${BRIDGE_VERSION}`);
      this.#socket.close(WRONG_VERSION_CLOSE, `version ${BRIDGE_VERSION}`);
      return;
    }
    this.#detach ??= hub.attach(this);
    build().then(
      (digest) => this.#tell({ type: 'welcome', version: BRIDGE_VERSION, build: digest }),
      (error: unknown) => {
        log.error(`bridge-link-unwelcome ${String(error)}`);
        this.#socket.terminate();
      },
    );
    log.info('bridge-link-opened');
  }

  #session(id: string): BridgedSession {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const session: BridgedSession = { queue: new SerialQueue(), client: undefined };
    this.#sessions.set(id, session);
    return session;
  }

  #join(id: string): void {
    this.#leave(id);
    this.#session(id).client = this.#parts.hub.join(id, this);
  }

  #leave(id: string): void {
    const session = this.#sessions.get(id);
    session?.client?.leave();
    if (session !== undefined) session.client = undefined;
  }

  #event(id: string, fields: LinkMessage['fields'], attachments: readonly Buffer[]): void {
    const number = fields.number as number;
    const use = USES.find((word) => word === fields.use);
    if (!Number.isSafeInteger(number) || use === undefined) throw new LinkViolation('event: a number and a use');
    const text = textOf(fields, 'packet');
    const { queue, client } = this.#session(id);
    const since = this.#parts.monotonic();
    const isRefused = this.#isFinishing || this.#waiting >= MOST_WAITING;
    this.#waiting += 1;
    this.#queues.add(queue);
    // A refusal too waits for its turn: answers of a session keep their order.
    queue.push(text.length, async () => {
      const done: DispatchedEvent = isRefused
        ? { outcome: 'refused' }
        : client === undefined
          ? { outcome: 'unknown' }
          : await this.#parts.dispatcher.dispatch({ text, attachments, client, use });
      this.#waiting -= 1;
      if (queue.length === 1) this.#queues.delete(queue);
      this.#tell({ type: 'done', number, ...done, attachments: 0, ms: this.#parts.monotonic() - since });
    });
  }

  #tell(message: ToFacade, attachments: readonly Buffer[] = []): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#parts.maxUnsentBytes) {
      this.#parts.log.error('bridge-link-cut-off the facade reads too slowly');
      this.#socket.terminate();
      return;
    }
    this.#socket.send(JSON.stringify(message));
    for (const bytes of attachments) this.#socket.send(bytes);
  }

  /** Without the link nobody says who leaves: all have left. */
  #ended(code: number): void {
    if (this.#detach !== undefined)
      this.#parts.log.info(`bridge-link-closed code=${code} sessions=${this.#sessions.size}`);
    for (const { client } of this.#sessions.values()) client?.leave();
    this.#sessions.clear();
    this.#detach?.();
  }
}

function textOf(fields: LinkMessage['fields'], name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new LinkViolation(`${name}: a text`);
  return value;
}
