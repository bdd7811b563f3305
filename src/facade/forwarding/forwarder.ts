/**
 * Sends a request to a side and its answer back: streaming both ways, cancelled both ways, never throwing.
 * Does not choose the side, does not fall back, does not answer in its own name.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Side } from '../side.js';
import { ForwardError } from './forward-error.js';
import { type AnswerTap, type Attempt, ForwardExchange } from './forward-exchange.js';
import type { ForwardResult } from './forward-result.js';
import { RequestBody, type TakenBody } from './request-body.js';
import type { RequestHead } from './request-head.js';
import { isSafe } from './safe-method.js';
import type { SideTarget } from './side-target.js';

/** One request to be forwarded. */
export interface ForwardRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The request's head as `readRequestHead` gave it. */
  readonly head: RequestHead;
  /** Target as a path with its query, byte for byte as the client sent it. */
  readonly target: string;
  readonly side: Side;
  /** Longest wait for the first byte of the answer and between two; milliseconds, kept to about half a second. */
  readonly timeoutMs: number;
  /** Adds `X-Facade-Served-By` to the answer. */
  readonly tellSide: boolean;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  readonly tap?: AnswerTap | undefined;
  /** What of the body was read before; it goes first. */
  readonly taken?: TakenBody | undefined;
}

export interface ForwarderOptions {
  readonly legacy: SideTarget;
  /** Undefined: there is no engine, every request for it fails as `engine_unavailable`. */
  readonly engine: SideTarget | undefined;
  /** Settings `limits.idleBodyMs`; also the longest time that a client may take nothing of its answer. */
  readonly idleBodyMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface Forwarder {
  /** Settles when the last byte has left, or when it is sure that it won't. */
  forward(request: ForwardRequest): Promise<ForwardResult>;
  /** Ends all connections to the sides. */
  close(): Promise<void>;
}

/** How often waiting exchanges are looked at, milliseconds. */
const QUEUE_CHECK_MS = 500;

export function createForwarder(options: ForwarderOptions): Forwarder {
  const queue = new WaitingRoom(options.now);
  return {
    forward: (request) => forwardWithRetry(options, queue, request),
    close: async () => {
      queue.close();
      await Promise.all([options.legacy.close(), options.engine?.close()]);
    },
  };
}

/**
 * A side may close an idle connection at the very moment that a request is written to it (RFC 9112 9.3.1). Such a
 * request is sent once more, if it is safe, has no body, and the connection had carried an answer before.
 */
function forwardWithRetry(
  options: ForwarderOptions,
  queue: WaitingRoom,
  request: ForwardRequest,
): Promise<ForwardResult> {
  const target = request.side === 'legacy' ? options.legacy : options.engine;
  if (target === undefined) return Promise.resolve(unavailable(request.side));
  return new Promise((resolve) => {
    attempt(options, queue, request, target, (first) => {
      const again = first.staleConnection && isSafe(request.req.method) && request.head.bodyLength === 0;
      if (again) attempt(options, queue, request, target, resolve);
      else resolve(first);
    });
  });
}

function attempt(
  options: ForwarderOptions,
  queue: WaitingRoom,
  request: ForwardRequest,
  target: SideTarget,
  settle: (attempt: Attempt) => void,
): void {
  const { req, res, head, timeoutMs, tap } = request;
  const method = req.method ?? 'GET';
  const body = head.bodyLength === 0 ? undefined : bodyOf(request, options.idleBodyMs, () => exchange);
  const exchange: ForwardExchange = new ForwardExchange(
    res,
    {
      side: target.side,
      method,
      chunksAllowed: req.httpVersionMinor >= 1,
      body,
      tellSide: request.tellSide,
      clientIdleMs: options.idleBodyMs,
      now: options.now,
      tap,
    },
    settle,
  );
  const dispatch: Dispatcher.DispatchOptions & { servername: string } = {
    path: request.target,
    method: method as Dispatcher.HttpMethod,
    headers: head.headers,
    body: body ?? null,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    servername: target.servername,
  };
  const free = target.dispatcher.dispatch(dispatch, exchange);
  if (!free && !exchange.connected) queue.add(exchange, target.side, timeoutMs);
}

function bodyOf(request: ForwardRequest, idleMs: number, exchange: () => ForwardExchange): RequestBody {
  const { req, res, expectsContinue } = request;
  return new RequestBody(req, {
    idleMs,
    taken: request.taken,
    onStart: () => {
      if (expectsContinue && !res.headersSent) res.writeContinue();
    },
    onFailure: (failure) => exchange().cancel(failure),
  });
}

function unavailable(side: Side): ForwardResult {
  return {
    outcome: 'failed',
    error: new ForwardError(`${side}_unavailable`, side),
    answerStarted: false,
    neverSent: true,
    bodyConsumed: false,
    bytesUp: 0,
    bytesDown: 0,
  };
}

/** Exchanges that wait for a connection. undici's own timeouts begin only when one is there. */
class WaitingRoom {
  readonly #waiting = new Map<ForwardExchange, { readonly side: Side; readonly until: number }>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(exchange: ForwardExchange, side: Side, timeoutMs: number): void {
    if (timeoutMs === 0) return;
    this.#waiting.set(exchange, { side, until: this.#now() + timeoutMs });
    this.#timer ??= setInterval(() => this.#check(), QUEUE_CHECK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    const now = this.#now();
    for (const [exchange, { side, until }] of this.#waiting) {
      if (exchange.connected || exchange.settled) this.#waiting.delete(exchange);
      else if (now >= until) {
        this.#waiting.delete(exchange);
        exchange.cancel(`${side}_queue_timeout`);
      }
    }
    if (this.#waiting.size === 0) this.close();
  }
}
