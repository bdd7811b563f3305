/**
 * One client's session, bridged: the client's Engine.IO connection on one hand, a session of its own with the legacy and
 * the link to the engine on the other. Owns order, limits and the end; where packets go is packet-router.ts.
 */
import type { BridgedHandshake } from '../../../legacy-bridge/realtime/bridge-protocol.js';
import type { GreetingGate } from '../../../legacy-bridge/realtime/greeting-gate.js';
import { PACKET, readPacketHead } from '../../../legacy-bridge/realtime/packet-head.js';
import type { RequestFacts } from '../../decision/client-key.js';
import type { Log } from '../../logging/log.js';
import type { EventMetrics } from '../../metrics/event-metrics.js';
import type { TableSnapshot } from '../../table/table-snapshot.js';
import type { SocketClock } from '../socket-clock.js';
import { SOCKET_PATH } from '../socket-target.js';
import type { ClientConnection } from './client-server.js';
import type { EngineLink, LinkedSession } from './engine-link.js';
import { EventRate } from './event-rate.js';
import type { EventShadow } from './event-shadow.js';
import type { LegacySession } from './legacy-session.js';
import type { Overheard, Overhearing } from './overhearing.js';
import { PacketAssembler, packetLength, type WholePacket } from './packet-assembler.js';
import { LONGEST_TURN_MS, PacketRouter } from './packet-router.js';
import { SessionShadow } from './session-shadow.js';
import type { SplitSettings } from './split-settings.js';
import { type Message, type Outgoing, WholePackets } from './whole-packets.js';

/** What all sessions share. */
export interface SessionSurroundings {
  readonly table: () => Pick<TableSnapshot, 'sockets'>;
  readonly link: Pick<EngineLink, 'event' | 'joined' | 'left' | 'opened' | 'ended'>;
  readonly settings: SplitSettings;
  readonly gate: Pick<GreetingGate, 'join'>;
  readonly metrics: EventMetrics;
  /** Undefined where nothing compares events. */
  readonly shadow: () => EventShadow | undefined;
  /** Begins to listen to a session that has joined, and is not this one; undefined when there is none. */
  readonly overhear: (not: BridgedSession) => Overhearing | undefined;
  readonly log: Log;
  readonly clock: SocketClock;
}

/** Ends that come of a limit or a fault: logged as warnings. */
const CUTS: ReadonlySet<string> = new Set([
  'slow-client',
  'slow-legacy',
  'queue-full',
  'event-rate',
  'message-size',
  'legacy-message-size',
  'protocol-error',
  'unfinished',
  'fault',
]);
/** Of those, ends of clients that would not read a close frame, or go on sending what must be held. */
const AT_ONCE: ReadonlySet<string> = new Set(['slow-client', 'unfinished']);
/** Packets of the engine that may wait for one of the legacy to be whole. */
const MOST_HELD_BACK = 1_000;

/** Between two looks at a packet that is beyond its turn and still waits, for the legacy to let its client join. */
const MIN_LOOK_MS = 1_000;

interface Waiting {
  readonly packet: WholePacket;
  readonly arrivedAt: number;
}

export class BridgedSession implements LinkedSession, Overheard {
  readonly id: string;
  readonly handshake: BridgedHandshake;
  /** Monotonic milliseconds. */
  readonly openedAt: number;
  readonly #surroundings: SessionSurroundings;
  readonly #legacy: LegacySession;
  readonly #client: ClientConnection;
  readonly #ended: (reason: string) => void;
  readonly #router: PacketRouter;
  readonly #shadow: SessionShadow | undefined;
  readonly #assembler: PacketAssembler;
  readonly #toClient: WholePackets;
  readonly #rate: EventRate;
  readonly #listeners = new Set<(data: string | undefined) => void>();
  /** Packets that wait, in order, for the first of them. */
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #cancelLook: () => void = () => {};
  #isOver = false;
  /** Why the client's connection ended, while packets of it still wait. */
  #goneBecause: string | undefined;
  #bytesUp = 0;
  #bytesDown = 0;
  #events = 0;

  /** @param ended called once, with the reason */
  constructor(
    id: string,
    handshake: BridgedHandshake,
    legacy: LegacySession,
    client: ClientConnection,
    surroundings: SessionSurroundings,
    ended: (reason: string) => void,
  ) {
    const { settings, clock, table, link, metrics } = surroundings;
    this.id = id;
    this.handshake = handshake;
    this.openedAt = clock.now();
    this.#surroundings = surroundings;
    this.#legacy = legacy;
    this.#client = client;
    this.#ended = ended;
    this.#assembler = new PacketAssembler(settings.messageBytes);
    this.#rate = new EventRate(settings.eventsPerSecond, clock.now());
    this.#toClient = new WholePackets((message) => this.#sendToClient(message));
    const shadow = surroundings.shadow();
    this.#shadow =
      shadow &&
      new SessionShadow({
        ...{ shadow, headers: handshake.headers },
        overhear: () => surroundings.overhear(this),
        ask: (messages, settled) => link.event({ session: id, use: 'dry-run', messages }, settled),
        settled: () => this.#contain(() => this.#dispatchQueue()),
      });
    this.#router = new PacketRouter({
      shadow: this.#shadow,
      session: id,
      client: factsOf(handshake),
      ...{ table, link, metrics, legacyMessageBytes: settings.legacyMessageBytes },
      now: () => clock.now(),
      joining: () => surroundings.gate.join(),
      toLegacy: (packet) => this.#sendToLegacy(packet),
      toClient: (packet) => this.insert(packet),
      refuse: (reason) => this.end(reason),
      settled: () => this.#contain(() => this.#dispatchQueue()),
    });
    link.opened(this);
  }

  /** Its client says that it is an agent. */
  get isAgent(): boolean {
    return this.handshake.headers['x-borealis-agent-context'] !== undefined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get socket(): string | undefined {
    return this.#router.socket;
  }

  /** The engine has forgotten which agent this is, and can't be told by us. */
  get mustRegisterAnew(): boolean {
    return this.#router.mustRegisterAnew;
  }

  /** The engine was reached anew. @returns false when it is to be called again */
  retell(): boolean {
    return this.#isOver || this.#router.retell();
  }

  /** The id that the client gave as an agent. */
  get agentId(): string | undefined {
    return this.#router.agentId;
  }

  /** Bytes that are held of what its client has begun to send, or sent and waits for its turn. */
  get heldBytes(): number {
    return this.#client.unfinishedBytes() + this.#assembler.heldBytes + this.#queuedBytes;
  }

  /** Of messages, without Engine.IO's own packets. */
  get bytesUp(): number {
    return this.#bytesUp;
  }

  get bytesDown(): number {
    return this.#bytesDown;
  }

  /** Events of the client so far. */
  get events(): number {
    return this.#events;
  }

  fromClient(message: Message): void {
    this.#contain(() => this.#takeFromClient(message));
  }

  fromLegacy(message: Message): void {
    this.#contain(() => this.#takeFromLegacy(message));
  }

  /** What fails over the data of one client ends its session, and nobody else's. */
  #contain(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#surroundings.log.error('session-failed', { error: error instanceof Error ? error.stack : String(error) });
      this.end('fault');
    }
  }

  #takeFromClient(message: Message): void {
    if (this.#isOver) return;
    const { clock, settings } = this.#surroundings;
    this.#bytesUp += message.length;
    if (isEvent(message)) this.#events += 1;
    // An attachment comes with its packet; a binary message that belongs to none is one.
    if ((typeof message === 'string' || !this.#assembler.isOpen) && !this.#rate.take(clock.now())) {
      this.end('event-rate');
      return;
    }
    const packet = this.#assembler.take(message);
    if (packet === 'too-large') this.end('message-size');
    if (packet === undefined || packet === 'too-large') return;
    const arrivedAt = clock.now();
    if (this.#queue.length === 0 && this.#router.dispatch(packet, arrivedAt)) return;
    if (this.#isOver) return;
    // Asked before this packet is added, as below.
    if (this.#queuedBytes > settings.bufferBytes) this.end('queue-full');
    this.#queue.push({ packet, arrivedAt });
    this.#queuedBytes += packetLength(packet);
    this.#lookLater();
  }

  #takeFromLegacy(message: Message): void {
    if (this.#isOver || this.#shadow?.heard(message) === false) return;
    if (this.#listeners.size > 0) this.#tellListeners(message);
    // First to the client: what the engine is told of, and answers to, comes after it.
    this.#toClient.pass(message);
    if (typeof message === 'string') this.#router.legacySaid(message);
  }

  listen(listener: (data: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A whole packet of the engine. */
  insert(packet: readonly Outgoing[]): void {
    if (this.#isOver) return;
    this.#toClient.insert(packet);
    if (this.#toClient.waiting > MOST_HELD_BACK) this.end('slow-legacy');
  }

  /** The client's connection has ended. What it sent and what still waits for its turn is passed on before the session ends. */
  clientGone(reason: string): void {
    if (this.#isOver || this.#goneBecause !== undefined) return;
    if (this.#queue.length === 0) this.end(reason);
    else {
      this.#goneBecause = reason;
      this.#surroundings.clock.after(LONGEST_TURN_MS + MIN_LOOK_MS, () => this.end(reason));
    }
  }

  endUnfinished(): void {
    this.end('unfinished');
  }

  /** Ends both of its connections at the transport. Further calls do nothing. */
  end(reason: string): void {
    if (this.#isOver) return;
    this.#cancelLook();
    if (!CUTS.has(reason)) this.#passOnWaiting();
    // What waited may have ended it.
    if (this.#isOver) return;
    this.#isOver = true;
    const { log, link } = this.#surroundings;
    this.#queue = [];
    this.#client.close(AT_ONCE.has(reason) ? 'cut' : 'close');
    this.#legacy.close();
    this.#router.close();
    this.#shadow?.close();
    for (const listener of this.#listeners) listener(undefined);
    link.ended(this.id, reason);
    if (CUTS.has(reason)) {
      const { address, headers } = this.handshake;
      log.warn('socket-cut', { reason, address, agentContext: headers['x-borealis-agent-context'] });
    }
    this.#ended(reason);
  }

  /** What its client sent before the end is passed on, without its turn and without a comparison. */
  #passOnWaiting(): void {
    const waiting = this.#queue;
    this.#queue = [];
    this.#shadow?.close();
    for (const { packet, arrivedAt } of waiting) if (!this.#router.dispatch(packet, arrivedAt, true)) return;
  }

  #tellListeners(message: Message): void {
    if (typeof message !== 'string' || message.charCodeAt(0) - 0x30 !== PACKET.event) return;
    const head = readPacketHead(message);
    if (head?.namespace !== '/') return;
    for (const listener of this.#listeners) listener(message.slice(head.dataAt));
  }

  #dispatchQueue(): void {
    while (!this.#isOver) {
      const first = this.#queue[0];
      if (first === undefined) {
        if (this.#goneBecause !== undefined) this.end(this.#goneBecause);
        return;
      }
      if (!this.#router.dispatch(first.packet, first.arrivedAt)) {
        this.#lookLater();
        return;
      }
      this.#queue.shift();
      this.#queuedBytes -= packetLength(first.packet);
    }
  }

  /** Of what waits nothing waits longer than its turn may take, whether or not something is settled. */
  #lookLater(): void {
    const { clock } = this.#surroundings;
    const [first] = this.#queue;
    if (first === undefined || this.#isOver) return;
    this.#cancelLook();
    this.#cancelLook = clock.after(Math.max(MIN_LOOK_MS, first.arrivedAt + LONGEST_TURN_MS - clock.now()), () =>
      this.#contain(() => this.#dispatchQueue()),
    );
  }

  #sendToLegacy(packet: WholePacket): void {
    if (this.#isOver) return;
    if (this.#legacy.waitingBytes > this.#surroundings.settings.bufferBytes) {
      this.end('slow-legacy');
      return;
    }
    for (const message of packet) this.#legacy.send(message);
  }

  #sendToClient(message: Outgoing): void {
    // Asked before this message is added: one of any size goes to a client that keeps up.
    if (this.#client.waitingBytes > this.#surroundings.settings.bufferBytes) {
      this.end('slow-client');
      return;
    }
    this.#bytesDown += message.length;
    this.#client.send(message);
  }
}

function isEvent(message: Message): boolean {
  if (typeof message !== 'string') return false;
  const type = message.charCodeAt(0) - 0x30;
  return type === PACKET.event || type === PACKET.binaryEvent;
}

function factsOf({ address, headers }: BridgedHandshake): RequestFacts {
  return { method: 'GET', path: SOCKET_PATH, headers, address };
}
