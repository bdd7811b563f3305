/**
 * Failures of forwarding, named stage × side × cause. The code is the metric label and the word in the log alike;
 * one table maps it to what a client sees. Never decides what happens next: the pipeline does.
 */
import { SIDES, type Side } from '../side.js';

/** What is known of one kind of failure. */
export interface FailureKind {
  /** Where in the exchange it happened. */
  readonly stage: 'connect' | 'request' | 'answer-head' | 'answer-body';
  /** Status that the client gets when no answer has begun; 499 is never sent, it stands in logs and metrics. */
  readonly status: number;
  readonly logLevel: 'debug' | 'info' | 'warn';
  /** Public sentence. Holds no address, path or internal name. */
  readonly reason: string;
  /** Tells the row's breaker that the side could not answer. */
  readonly countsForBreaker: boolean;
  /** Seconds for `Retry-After`. */
  readonly retryAfter?: number;
}

/** Failures that a side caused; their code is `<side>_<cause>`. */
export const SIDE_FAILURES = {
  unavailable: {
    stage: 'connect',
    status: 503,
    logLevel: 'warn',
    reason: 'The server for this request is switched off.',
    countsForBreaker: true,
    retryAfter: 5,
  },
  connect_failed: {
    stage: 'connect',
    status: 503,
    logLevel: 'warn',
    reason: 'The server for this request cannot be reached.',
    countsForBreaker: true,
    retryAfter: 5,
  },
  connect_timeout: {
    stage: 'connect',
    status: 504,
    logLevel: 'warn',
    reason: 'The server for this request did not accept a connection in time.',
    countsForBreaker: true,
  },
  certificate_refused: {
    stage: 'connect',
    status: 502,
    logLevel: 'warn',
    reason: 'The certificate of the server for this request is not the expected one.',
    countsForBreaker: true,
  },
  queue_timeout: {
    stage: 'connect',
    status: 503,
    logLevel: 'warn',
    reason: 'The server for this request is busy.',
    countsForBreaker: true,
    retryAfter: 5,
  },
  closed_early: {
    stage: 'answer-head',
    status: 502,
    logLevel: 'warn',
    reason: 'The server for this request closed the connection before it answered.',
    countsForBreaker: true,
  },
  head_timeout: {
    stage: 'answer-head',
    status: 504,
    logLevel: 'warn',
    reason: 'The server for this request did not answer in time.',
    countsForBreaker: true,
  },
  bad_answer: {
    stage: 'answer-head',
    status: 502,
    logLevel: 'warn',
    reason: 'The server for this request gave an answer that is not valid HTTP.',
    countsForBreaker: true,
  },
  answer_cut: {
    stage: 'answer-body',
    status: 502,
    logLevel: 'warn',
    reason: 'The server for this request closed the connection within its answer.',
    countsForBreaker: true,
  },
  answer_stalled: {
    stage: 'answer-body',
    status: 504,
    logLevel: 'warn',
    reason: 'The server for this request stopped within its answer.',
    countsForBreaker: true,
  },
} as const satisfies Record<string, FailureKind>;

/** Failures that the client caused; no side is to blame. */
export const CLIENT_FAILURES = {
  client_gone: {
    stage: 'request',
    status: 499,
    logLevel: 'debug',
    reason: 'The client closed the connection.',
    countsForBreaker: false,
  },
  client_body_stalled: {
    stage: 'request',
    status: 408,
    logLevel: 'info',
    reason: 'The request body stopped arriving.',
    countsForBreaker: false,
  },
  client_body_cut: {
    stage: 'request',
    status: 400,
    logLevel: 'info',
    reason: 'The request body ended before its announced end.',
    countsForBreaker: false,
  },
  client_not_reading: {
    stage: 'answer-body',
    status: 499,
    logLevel: 'info',
    reason: 'The client stopped reading the answer.',
    countsForBreaker: false,
  },
  client_request_invalid: {
    stage: 'request',
    status: 400,
    logLevel: 'info',
    reason: 'The request has a method, path or header that cannot be forwarded.',
    countsForBreaker: false,
  },
} as const satisfies Record<string, FailureKind>;

export type SideFailure = keyof typeof SIDE_FAILURES;
export type ClientFailure = keyof typeof CLIENT_FAILURES;

/** A failure's code. */
export type ForwardErrorCode = `${Side}_${SideFailure}` | ClientFailure;

/** Every code with what it means, for logs, metrics and the generated reference. */
export const SIDE_ERROR_CODES: Readonly<Record<ForwardErrorCode, FailureKind>> = Object.freeze(allCodes());

function allCodes(): Record<ForwardErrorCode, FailureKind> {
  const entries: [string, FailureKind][] = Object.entries(CLIENT_FAILURES);
  for (const side of SIDES)
    for (const [cause, kind] of Object.entries(SIDE_FAILURES)) entries.push([`${side}_${cause}`, kind]);
  return Object.fromEntries(entries) as Record<ForwardErrorCode, FailureKind>;
}

/** Why one request could not be forwarded, or not to its end. Returned in a `ForwardResult`, never thrown. */
export class ForwardError extends Error {
  readonly code: ForwardErrorCode;
  /** The side that the request was meant for. */
  readonly side: Side;
  readonly kind: FailureKind;

  /** @param cause what the transport said; for logs, not for clients */
  constructor(code: ForwardErrorCode, side: Side, cause?: unknown) {
    const kind = SIDE_ERROR_CODES[code];
    super(kind.reason, { cause });
    this.name = 'ForwardError';
    this.code = code;
    this.side = side;
    this.kind = kind;
  }
}

/** How far an exchange with a side had come when it failed. */
export type Progress = 'before-connection' | 'before-answer' | 'within-answer';

/** Names the failure that undici reports by an error of its own. */
export function sideFailure(error: unknown, progress: Progress): SideFailure | 'client_request_invalid' {
  const code = codeOf(error);
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return 'client_request_invalid';
  switch (progress) {
    case 'before-connection':
      return connectFailure(code);
    case 'before-answer':
      if (code === 'UND_ERR_HEADERS_TIMEOUT') return 'head_timeout';
      return isMalformed(code, error) ? 'bad_answer' : 'closed_early';
    case 'within-answer':
      return code === 'UND_ERR_BODY_TIMEOUT' ? 'answer_stalled' : 'answer_cut';
  }
}

function connectFailure(code: string): SideFailure {
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'connect_timeout';
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return 'unavailable';
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code) ? 'certificate_refused' : 'connect_failed';
}

function isMalformed(code: string, error: unknown): boolean {
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW' || code.startsWith('ERR_')) return true;
  return error instanceof Error && /^bad (response|upgrade)$/.test(error.message);
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
