/** One copy of a request on its way to a side and its answer back into memory: undici's handler, bounded in bytes and time. */
import type { Dispatcher } from 'undici';
import type { CapturedAnswer } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import { readAnswerHead } from '../forwarding/answer-head.js';
import { sideFailure } from '../forwarding/forward-error.js';
import type { SideTarget } from '../forwarding/side-target.js';
import { headerPairs } from './header-pairs.js';
import type { KeptBytes } from './kept-bytes.js';

/** What is sent. */
export interface Copy {
  readonly method: string;
  readonly target: string;
  /** Flat name-value list. */
  readonly headers: string[];
  readonly body: Dispatcher.DispatchOptions['body'];
}

/** What came of a copy. */
export type CopyResult =
  | {
      readonly outcome: 'answered';
      readonly answer: CapturedAnswer;
      readonly internal: ReadonlyMap<string, string>;
      readonly ms: number;
    }
  /** The side broke: it says something about the request. `code` of a forward error. */
  | { readonly outcome: 'failed'; readonly code: string; readonly ms: number }
  /** Nothing can be said about the request. */
  | { readonly outcome: 'dropped'; readonly reason: DropReason };

export interface CopyLimits {
  /** Longest time until the whole answer is there, milliseconds. */
  readonly timeoutMs: number;
  /** Takes the answer's body; to be released by the caller. */
  readonly kept: KeptBytes;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export class CopyExchange implements Dispatcher.DispatchHandler {
  /** Settles once; never rejects. */
  readonly result: Promise<CopyResult>;
  readonly #target: SideTarget;
  readonly #limits: CopyLimits;
  readonly #startedAt: number;
  readonly #timer: NodeJS.Timeout;
  #resolve: (result: CopyResult) => void = () => undefined;
  #settled = false;
  #abort: ((error?: Error) => void) | undefined;
  #status = 0;
  #raw: Buffer[] = [];
  #headMs = 0;

  constructor(target: SideTarget, copy: Copy, limits: CopyLimits) {
    this.#target = target;
    this.#limits = limits;
    this.#startedAt = limits.now();
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const { side } = target;
    this.#timer = setTimeout(() => this.drop(`${side}_timeout`), limits.timeoutMs);
    const dispatch: Dispatcher.DispatchOptions & { servername: string } = {
      path: copy.target,
      method: copy.method as Dispatcher.HttpMethod,
      headers: copy.headers,
      body: copy.body ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
      servername: target.servername,
    };
    target.dispatcher.dispatch(dispatch, this);
  }

  /** Gives the copy up. */
  drop(reason: DropReason): void {
    this.#settle({ outcome: 'dropped', reason });
    this.#abort?.(new Error('copy given up'));
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.#settled) abort(new Error('copy given up'));
    else this.#abort = abort;
  }

  onHeaders(status: number, raw: Buffer[]): boolean {
    if (status < 200) return true;
    this.#status = status;
    this.#raw = raw;
    this.#headMs = this.#limits.now() - this.#startedAt;
    return true;
  }

  onData(chunk: Buffer): boolean {
    const { kept } = this.#limits;
    if (!kept.add(chunk)) this.drop(kept.refused ?? 'answer_too_large');
    return true;
  }

  onComplete(): void {
    const answer = {
      status: this.#status,
      headers: headerPairs(readAnswerHead(this.#raw).headers),
      body: this.#limits.kept.bytes(),
    };
    this.#settle({ outcome: 'answered', answer, internal: internalHeaders(this.#raw), ms: this.#headMs });
  }

  onError(error: Error): void {
    const { side } = this.#target;
    const progress =
      this.#status > 0 ? 'within-answer' : this.#abort === undefined ? 'before-connection' : 'before-answer';
    const cause = sideFailure(error, progress);
    if (progress === 'before-connection') this.#settle({ outcome: 'dropped', reason: `${side}_unreachable` });
    else {
      const code = cause === 'client_request_invalid' ? cause : `${side}_${cause}`;
      this.#settle({ outcome: 'failed', code, ms: this.#limits.now() - this.#startedAt });
    }
  }

  #settle(result: CopyResult): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#resolve(result);
  }
}

/** Those that sides and facade tell each other, which no client gets to see. */
function internalHeaders(raw: readonly Buffer[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as Buffer).toString('latin1').toLowerCase();
    if (name.startsWith('x-facade-')) found.set(name, (raw[at + 1] as Buffer).toString('latin1'));
  }
  return found;
}
