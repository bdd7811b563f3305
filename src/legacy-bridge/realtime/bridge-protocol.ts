/**
 * What the facade's packet bridge and the engine say to each other: one WebSocket over the engine's Unix socket, a JSON text per
 * message. Socket.IO packets travel as the client wrote them; their attachments follow the message as binary frames, as many as it
 * says, in order. docs/decisions/socket-bridge-link.md.
 */
import type { Effects } from '../effects/effects.js';

/** Upgrade path on the engine's Unix socket. */
export const BRIDGE_PATH = '/engine/internal/sockets';
/** A side that hears another version ends the link with close code 4001. */
export const BRIDGE_VERSION = 1;
export const WRONG_VERSION_CLOSE = 4001;

/** How the client came. */
export interface BridgedHandshake {
  /** The client's address, after trusted proxies. */
  readonly address: string;
  /** Path and query as the client sent them. */
  readonly target: string;
  /** Names in lower case. Tokens and cookies are among them: never to be logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly secure: boolean;
}

/** What the engine is to do with an event. */
export type EventUse =
  /** Its own to handle: whatever it emits goes to clients. */
  | 'handle'
  /** The legacy handles it; the engine learns what it says, and emits nothing. */
  | 'learn'
  /** The legacy will handle it: the engine tells what it would do, and nothing of it is kept. */
  | 'dry-run';

export type ToEngine =
  /** First on the link. */
  | { readonly type: 'hello'; readonly version: number }
  /** A client has an Engine.IO session. Ids are the legacy's, unique over the link's life. */
  | { readonly type: 'open'; readonly session: string; readonly handshake: BridgedHandshake }
  /** It joined the namespace `/`; `socket` is its id there. */
  | { readonly type: 'join'; readonly session: string; readonly socket: string }
  /** It left the namespace, and may join again. */
  | { readonly type: 'leave'; readonly session: string }
  /** Its connection ended; the id is not used again. */
  | { readonly type: 'close'; readonly session: string; readonly reason: string }
  | {
      readonly type: 'event';
      /** Counts up over the link's life; the engine answers each once, those of a session in their order. */
      readonly number: number;
      readonly session: string;
      readonly use: EventUse;
      /** EVENT or BINARY_EVENT of Socket.IO protocol 5, namespace `/`, with its acknowledgement id if it has one. */
      readonly packet: string;
      readonly attachments: number;
    };

export type EventOutcome =
  | 'handled'
  /** No handler has this name, or not with so many arguments; nothing happened. */
  | 'unknown'
  /** The handler failed; the engine's log says why. */
  | 'failed'
  /** Too much is waiting: nothing happened. */
  | 'refused';

export type ToFacade =
  /** Answer to `hello`. */
  | { readonly type: 'welcome'; readonly version: number; readonly build: string }
  /** After the handler is done, and after all that it emitted. */
  | {
      readonly type: 'done';
      readonly number: number;
      readonly outcome: EventOutcome;
      /** ACK or BINARY_ACK for the client; absent when it asked for none or gets none. */
      readonly ack?: string;
      readonly attachments: number;
      /** Of a dry run. */
      readonly effects?: Effects;
      /** Of a dry run: what could not be recorded, in words. */
      readonly notSeen?: readonly string[];
      /** Milliseconds in the engine. */
      readonly ms: number;
    }
  /** For clients that have joined: all of them, or those of the sessions. Sessions that are gone are passed over. */
  | {
      readonly type: 'emit';
      readonly to: 'all' | readonly string[];
      readonly event: string;
      /** EVENT or BINARY_EVENT without an acknowledgement id. */
      readonly packet: string;
      readonly attachments: number;
    };
