/**
 * One attempt to forward one request to one side: undici's handler on the side's side, Node's response on the client's.
 * Answers nothing of its own: when it fails before an answer began, the response is untouched.
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Side } from '../side.js';
import { type AnswerHead, readAnswerHead, readTrailers, SERVED_BY_HEADER } from './answer-head.js';
import { type ClientFailure, ForwardError, type ForwardErrorCode, sideFailure } from './forward-error.js';
import type { ForwardResult } from './forward-result.js';
import type { RequestBody } from './request-body.js';
import type { Connection, ConnectionAware } from './side-client.js';
import { endWithBody } from './whole-answer.js';

/** Looks on as an answer passes. Must not throw, wait or keep the buffers. */
export interface AnswerTap {
  onHead?(status: number, headers: readonly string[]): void;
  onChunk?(chunk: Buffer): void;
}

export interface ExchangeOptions {
  readonly side: Side;
  readonly method: string;
  /** HTTP/1.1 or later: informational answers, chunks and trailers can be given. */
  readonly chunksAllowed: boolean;
  readonly body: RequestBody | undefined;
  /** Adds the header that says which side answered. */
  readonly tellSide: boolean;
  /** Longest time that a client may take none of the answer, milliseconds. */
  readonly clientIdleMs: number;
  readonly now: () => number;
  readonly tap: AnswerTap | undefined;
}

/** A failed attempt, and whether the same may be tried once more. */
export type Attempt = ForwardResult & { readonly staleConnection: boolean };

export class ForwardExchange implements Dispatcher.DispatchHandler, ConnectionAware {
  connection: (() => Connection) | undefined = undefined;
  readonly #res: ServerResponse;
  readonly #options: ExchangeOptions;
  readonly #settle: (attempt: Attempt) => void;
  readonly #startedAt: number;
  #abort: ((error?: Error) => void) | undefined;
  #used: Connection | undefined;
  #reused = false;
  #anyAnswerByte = false;
  #head: AnswerHead | undefined;
  #status = 0;
  #headMs = 0;
  #received = 0;
  #cancelled: ForwardErrorCode | undefined;
  #settled = false;
  #clientTimer: NodeJS.Timeout | undefined;

  constructor(res: ServerResponse, options: ExchangeOptions, settle: (attempt: Attempt) => void) {
    this.#res = res;
    this.#options = options;
    this.#settle = settle;
    this.#startedAt = options.now();
    res.on('close', this.#onClientClose);
  }

  /** Whether a connection to the side was given to this exchange. */
  get connected(): boolean {
    return this.#abort !== undefined;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Ends the exchange for a reason that is not the side's doing, or because its turn did not come. */
  cancel(code: ClientFailure | `${Side}_queue_timeout`): void {
    if (this.#settled || this.#cancelled !== undefined) return;
    this.#cancelled = code;
    // undici has nothing to abort, and so nothing to report, once it has the whole answer.
    this.#abort?.();
    if (!this.#settled) this.#fail(code, undefined);
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.#settled) {
      abort();
      return;
    }
    this.#abort = abort;
    this.#used = this.connection?.();
    this.#reused = (this.#used?.served ?? 0) > 0;
  }

  onResponseStarted(): void {
    this.#anyAnswerByte = true;
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    const head = readAnswerHead(raw);
    if (status < 200) {
      this.#informational(status, statusText, head.headers);
      return true;
    }
    this.#head = head;
    this.#status = status;
    this.#headMs = this.#options.now() - this.#startedAt;
    this.#resume = resume;
    this.#options.tap?.onHead?.(status, head.headers);
    this.#writeHead(status, statusText, head);
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#received += chunk.length;
    this.#options.tap?.onChunk?.(chunk);
    const res = this.#res;
    // The last piece ends the answer at once, so that head and body leave in one write.
    if (this.#received === this.#head?.length) {
      endWithBody(res, chunk);
      return true;
    }
    if (res.write(chunk)) return true;
    this.#awaitClient();
    return false;
  }

  onComplete(rawTrailers: string[] | Buffer[] | null): void {
    if (this.#used !== undefined) {
      // A body framed by the connection's end is complete only when it ended in order (RFC 9112 8).
      const byClose = this.#head?.length === undefined && this.#head?.chunked === false && this.#bodyExpected();
      if (byClose && this.#used.broken) {
        this.onError(Object.assign(new Error('connection reset within the answer'), { code: 'ECONNRESET' }));
        return;
      }
      this.#used.served += 1;
    }
    const res = this.#res;
    if (res.writableEnded || res.destroyed) return;
    if (rawTrailers !== null && rawTrailers.length > 0 && this.#trailersFit())
      res.addTrailers(readTrailers(rawTrailers));
    res.end();
  }

  onError(error: Error): void {
    // With the whole answer given, only the client's end counts: undici complains about a 304 that has a Content-Length.
    if (this.#settled || (this.#res.writableEnded && this.#cancelled === undefined)) return;
    const { side } = this.#options;
    if (this.#cancelled !== undefined) {
      this.#fail(this.#cancelled, error);
      return;
    }
    const progress =
      this.#head !== undefined ? 'within-answer' : this.#abort === undefined ? 'before-connection' : 'before-answer';
    const cause = sideFailure(error, progress);
    this.#fail(cause === 'client_request_invalid' ? cause : `${side}_${cause}`, error);
  }

  #resume: () => void = () => undefined;

  #writeHead(status: number, statusText: string, head: AnswerHead): void {
    const res = this.#res;
    res.sendDate = false;
    if (head.trailer !== undefined && this.#trailersFit()) head.headers.push('Trailer', head.trailer);
    if (this.#options.tellSide) head.headers.push(SERVED_BY_HEADER, this.#options.side);
    res.writeHead(status, statusText, head.headers);
    if (!this.#bodyExpected() || head.length === 0) res.end();
    // A head whose body is not there yet must not wait for it.
    else process.nextTick(flushIfWaiting, res);
  }

  #bodyExpected(): boolean {
    return this.#options.method !== 'HEAD' && this.#status !== 204 && this.#status !== 304;
  }

  #trailersFit(): boolean {
    const head = this.#head;
    return this.#options.chunksAllowed && head?.chunked === true && head.length === undefined && this.#bodyExpected();
  }

  /** 102 and 103 go on to clients that can read them; 101 can't come, since no upgrade is ever asked for here. */
  #informational(status: number, statusText: string, headers: readonly string[]): void {
    const socket = this.#res.socket;
    if (!this.#options.chunksAllowed || socket === null || this.#res.headersSent || status === 101) return;
    let text = `HTTP/1.1 ${status} ${statusText}\r\n`;
    for (let at = 0; at + 1 < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
    socket.write(`${text}\r\n`, 'latin1');
  }

  #awaitClient(): void {
    this.#clientTimer ??= setTimeout(() => this.cancel('client_not_reading'), this.#options.clientIdleMs);
    this.#clientTimer.refresh();
    this.#res.once('drain', () => {
      clearTimeout(this.#clientTimer);
      this.#clientTimer = undefined;
      this.#resume();
    });
  }

  readonly #onClientClose = (): void => {
    if (this.#settled) return;
    if (this.#res.writableFinished && this.#head !== undefined) {
      this.#succeed();
      return;
    }
    this.cancel('client_gone');
  };

  #succeed(): void {
    this.#finish({
      outcome: 'answered',
      status: this.#status,
      headMs: this.#headMs,
      bytesUp: this.#options.body?.bytes ?? 0,
      bytesDown: this.#received,
      staleConnection: false,
    });
  }

  #fail(code: ForwardErrorCode, cause: unknown): void {
    const answerStarted = this.#head !== undefined;
    const bytesUp = this.#options.body?.bytes ?? 0;
    this.#finish({
      outcome: 'failed',
      error: new ForwardError(code, this.#options.side, cause),
      answerStarted,
      neverSent: this.#abort === undefined,
      bodyConsumed: bytesUp > 0,
      ...(answerStarted ? { status: this.#status } : {}),
      bytesUp,
      bytesDown: this.#received,
      staleConnection: this.#reused && !this.#anyAnswerByte && code.endsWith('_closed_early'),
    });
    this.#options.body?.destroy();
    if (answerStarted) cutOff(this.#res);
  }

  #finish(attempt: Attempt): void {
    this.#settled = true;
    clearTimeout(this.#clientTimer);
    this.#res.off('close', this.#onClientClose);
    this.#settle(attempt);
  }
}

function flushIfWaiting(res: ServerResponse): void {
  if (!res.writableEnded && !res.destroyed) res.flushHeaders();
}

/**
 * Ends the client's connection so that it can't take a cut answer for a whole one. Where the end of the connection is
 * the end of the body (HTTP/1.0), only a reset tells the difference.
 */
function cutOff(res: ServerResponse): void {
  const { socket } = res;
  if (socket === null) {
    res.destroy();
    return;
  }
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}
