/**
 * A thread that is asked questions. Owns its start with the first question, another one after it has ended, and how long it may be
 * silent. Knows nothing of what it is asked.
 */
import type { Worker } from 'node:worker_threads';
import { startThread } from './start-thread.js';
import { questionFailed, ThreadError, type ThreadErrorCode } from './thread-error.js';
import type { ThreadQuestion, ThreadReply } from './thread-messages.js';

export interface AskedThreadOptions {
  /** The module of the thread, which calls `answerQuestions`: its path without ending, such as `./store-worker`. */
  readonly module: string;
  /** `import.meta.url` of who names the module. */
  readonly importer: string;
  /** The thread's `workerData`. */
  readonly data: unknown;
  /** For messages, such as `the comparing thread`. */
  readonly name: string;
  /** Default: it may be silent for as long as it likes. */
  readonly silence?: SilenceLimits;
  /** Told when the thread is no more, after all that was asked has been rejected. */
  readonly ended?: (why: ThreadError) => void;
}

/** Milliseconds for which a thread may say nothing at all while something is waited for. */
export interface SilenceLimits {
  /** From its start to its first word. */
  readonly startMs: number;
  /** Later. */
  readonly answerMs: number;
}

interface Waiting<Answer, News> {
  readonly news: (news: News) => void;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: ThreadError) => void;
}

export class AskedThread<Question, Answer, News = never> {
  readonly #options: AskedThreadOptions;
  readonly #waiting = new Map<number, Waiting<Answer, News>>();
  #worker: Worker | undefined;
  #hasSpoken = false;
  #silence: NodeJS.Timeout | undefined;
  #next = 1;
  #closed = false;

  constructor(options: AskedThreadOptions) {
    this.#options = options;
  }

  /**
   * @param news called with what the thread tells before it answers
   * @throws ThreadError
   */
  async ask(question: Question, news: (news: News) => void = () => undefined): Promise<Answer> {
    if (this.#closed) throw new ThreadError('thread_closed', `${this.#options.name} is closed`);
    return this.#send(question, news);
  }

  /** Says something that needs no answer; to nobody when no thread is running. */
  tell(question: Question): void {
    this.#worker?.postMessage({ id: 0, question } satisfies ThreadQuestion<Question>);
  }

  /**
   * Ends the thread; what is still waited for rejects. May be called again.
   * @param last asked before, so that what was asked until now is done first; what becomes of it is nobody's business
   */
  async close(last?: Question): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (last !== undefined && this.#worker !== undefined)
      await this.#send(last, () => undefined).catch(() => undefined);
    await this.#end('thread_closed', `${this.#options.name} is closed`);
  }

  #send(question: Question, news: (news: News) => void): Promise<Answer> {
    const worker = this.#worker ?? this.#start();
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      worker.postMessage({ id, question } satisfies ThreadQuestion<Question>);
      this.#waiting.set(id, { news, resolve, reject });
      // Keeps the process alive exactly while something is waited for.
      worker.ref();
      if (this.#silence === undefined) this.#listen();
    });
  }

  #start(): Worker {
    const { module, importer, data } = this.#options;
    const worker = startThread(module, importer, { workerData: data });
    let reason = 'it ended';
    this.#hasSpoken = false;
    worker.on('message', (reply: ThreadReply<Answer, News>) => {
      if (this.#worker === worker) this.#take(worker, reply);
    });
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) void this.#end('thread_ended', `${this.#options.name} can't go on: ${reason}`);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #take(worker: Worker, reply: ThreadReply<Answer, News>): void {
    this.#hasSpoken = true;
    const waiting = this.#waiting.get(reply.id);
    if ('news' in reply) waiting?.news(reply.news);
    else {
      this.#waiting.delete(reply.id);
      if ('error' in reply) waiting?.reject(questionFailed(reply.code, reply.error));
      else waiting?.resolve(reply.answer);
    }
    if (this.#waiting.size === 0) worker.unref();
    this.#listen();
  }

  /** Whatever it says, it lives: only a thread that stands in one call says nothing, and the rest would wait with it. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    const { silence, name } = this.#options;
    if (silence === undefined || this.#waiting.size === 0) return;
    const most = this.#hasSpoken ? silence.answerMs : silence.startMs;
    this.#silence = setTimeout(() => void this.#end('thread_silent', `no word of ${name} within ${most} ms`), most);
  }

  async #end(code: ThreadErrorCode, message: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    clearTimeout(this.#silence);
    this.#silence = undefined;
    const why = new ThreadError(code, message);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(why);
    this.#options.ended?.(why);
    await worker?.terminate();
  }
}
