/**
 * Errors of the socket parts: what the facade itself answers to a client that it can't give a socket, and what it
 * refuses to an operator. Never 401, 403 or a redirect: agents lose their tokens over these. Failures of a side have
 * the codes of forwarding/forward-error.ts.
 */
import { type ForwardErrorCode, SIDE_ERROR_CODES } from '../forwarding/forward-error.js';

/** How one refusal looks to the client. */
export interface SocketRefusal {
  readonly status: number;
  /** One English sentence for a person; goes to the client. */
  readonly reason: string;
  /** Seconds for `Retry-After`; agents don't read it and return in 5 s. */
  readonly retryAfter?: number;
}

/** The facade's own refusals by code. A code is also the metric label and the word in the log. */
export const SOCKET_REFUSALS = {
  upgrade_invalid: { status: 400, reason: 'Only a websocket upgrade by GET without a body is served here.' },
  path_ambiguous: { status: 400, reason: 'This path could be read in more than one way.' },
  socket_path_unknown: { status: 404, reason: 'Websockets are served under /socket.io/ only.' },
  relay_refused: {
    status: 400,
    reason: "The engine's relay to the legacy was pointed at the facade; it must dial the legacy itself.",
  },
  session_drained: { status: 400, reason: 'The session has ended; open a new one.' },
  too_many_sockets: { status: 429, reason: 'Too many sockets are open from this address.', retryAfter: 5 },
  facade_closing: { status: 503, reason: 'The facade is about to stop.', retryAfter: 5 },
} as const satisfies Record<string, SocketRefusal>;

/** Why a client got an answer by the facade instead of a socket. */
export type SocketRefusalCode = keyof typeof SOCKET_REFUSALS | ForwardErrorCode;

/** @returns what the client is answered for a code */
export function socketRefusal(code: SocketRefusalCode): SocketRefusal {
  return code in SOCKET_REFUSALS
    ? SOCKET_REFUSALS[code as keyof typeof SOCKET_REFUSALS]
    : SIDE_ERROR_CODES[code as ForwardErrorCode];
}

/** Codes of `SocketError`. */
export const SOCKET_ERROR_CODES = [
  'drain_running',
  'drain_rate_invalid',
  'drain_side_invalid',
  'drain_why_missing',
] as const;

export type SocketErrorCode = (typeof SOCKET_ERROR_CODES)[number];

/** A wish of an operator that can't be met. */
export class SocketError extends Error {
  readonly code: SocketErrorCode;

  constructor(code: SocketErrorCode, message: string) {
    super(message);
    this.name = 'SocketError';
    this.code = code;
  }
}
