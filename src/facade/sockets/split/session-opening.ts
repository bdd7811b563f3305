/**
 * A session with the legacy on its way to a client, once there is room to open it: from the client's request until engine.io has given the client its
 * side of it, or one of the three has left. What the legacy says meanwhile is kept.
 */
import type { IncomingMessage } from 'node:http';
import type { GreetingGate } from '../../../legacy-bridge/realtime/greeting-gate.js';
import type { RequestHead } from '../../forwarding/request-head.js';
import type { SideDialer } from '../side-dialer.js';
import type { ClientFacts } from '../socket-registry.js';
import { type LegacyRefusal, LegacySession, type LegacySessionLimits } from './legacy-session.js';
import type { Message } from './whole-packets.js';

/** A request that opens a session. */
export interface OpeningRequest {
  readonly request: IncomingMessage;
  /** Path and query as the client sent them. */
  readonly target: string;
  readonly head: RequestHead;
  readonly facts: ClientFacts;
}

export interface SessionOpeningEvents {
  /** The legacy's session is open; now it is the client's turn. */
  ready(opening: SessionOpening, sid: string): void;
  refused(refusal: LegacyRefusal): void;
  /** The facade closes before there was room. */
  closing(): void;
  /** No session came of it, or the session took over. Once. */
  over(opening: SessionOpening): void;
}

/** Where the legacy's messages go once there is a session. */
export interface OpenedSession {
  fromLegacy(message: Message): void;
  end(reason: string): void;
}

const NO_SESSION_IN_TIME: LegacyRefusal = { how: 'failed', code: 'legacy_head_timeout', cause: 'no session in time' };

export class SessionOpening {
  #from: OpeningRequest | undefined;
  #legacy: LegacySession | undefined;
  readonly #over: SessionOpeningEvents['over'];
  readonly #early: Message[] = [];
  #session: OpenedSession | undefined;
  #isOver = false;

  /** Tells the gate that the legacy has done its part, or that nobody waits any more. */
  #leaveGate: () => void = () => undefined;
  /** From the client's coming to the legacy's session, the wait for room included. */
  #deadline: NodeJS.Timeout | undefined;

  /** @param target of the legacy's handshake */
  constructor(
    from: OpeningRequest,
    target: string,
    dialer: SideDialer,
    limits: LegacySessionLimits,
    gate: GreetingGate,
    events: SessionOpeningEvents,
  ) {
    this.#from = from;
    this.#over = events.over;
    const cancel = gate.enter({
      address: from.head.provenance.address,
      start: (leave) => {
        this.#leaveGate = leave;
        this.#legacy = this.#dial({ target, headers: from.head.headers }, dialer, limits, events);
      },
      refused: () => {
        events.closing();
        this.#finish();
      },
    });
    if (this.#legacy === undefined) this.#leaveGate = cancel;
    this.#deadline = setTimeout(() => this.#refuse(events, NO_SESSION_IN_TIME), limits.handshakeMs);
  }

  /** Once the opening is ready. */
  get legacy(): LegacySession {
    if (this.#legacy === undefined) throw new TypeError('this session was not asked for yet');
    return this.#legacy;
  }

  /** The client's request. Let go of when the opening is over: the session lives for days. */
  get from(): OpeningRequest {
    if (this.#from === undefined) throw new TypeError('the opening of this session is over');
    return this.#from;
  }

  /** No session came of it, or the session took over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isHandedOver(): boolean {
    return this.#session !== undefined;
  }

  /** The client has its session: the legacy's messages are that one's from now on. */
  handOver(session: OpenedSession): void {
    this.#session = session;
    for (const message of this.#early.splice(0)) session.fromLegacy(message);
    this.#finish();
  }

  /** The client has left, or must. Does nothing once the session was handed over. */
  giveUp(): void {
    if (this.#session !== undefined) return;
    this.#legacy?.close();
    this.#finish();
  }

  #dial(
    handshake: ConstructorParameters<typeof LegacySession>[0],
    dialer: SideDialer,
    limits: LegacySessionLimits,
    events: SessionOpeningEvents,
  ): LegacySession {
    return new LegacySession(handshake, dialer, limits, {
      opened: (sid) => {
        clearTimeout(this.#deadline);
        this.#leaveGate();
        events.ready(this, sid);
      },
      refused: (refusal) => this.#refuse(events, refusal),
      message: (message) => {
        if (this.#session === undefined) this.#early.push(message);
        else this.#session.fromLegacy(message);
      },
      ended: () => {
        this.#session?.end('side-closed');
        this.#finish();
      },
    });
  }

  #refuse(events: SessionOpeningEvents, refusal: LegacyRefusal): void {
    this.#legacy?.close();
    events.refused(refusal);
    this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#from = undefined;
    this.#leaveGate();
    this.#over(this);
  }
}
