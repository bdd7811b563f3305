/** The thread that compares, as the facade sees it. Starts with the first question, and anew after it has ended. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../../legacy-bridge/threads/start-thread.js';
import type { Answered, Disagreement } from '../comparer.js';
import type { ComparedRequest, ComparisonInput, ComparisonResult } from '../comparison.js';
import type { NoisyPath } from '../noise/noise-model.js';
import type { RedactorOptions } from '../redaction/redactor.js';
import type { CallerIdentity } from '../replay/caller-identity.js';
import type { Asked, ComparingReply, ComparingThreadData } from './comparing-messages.js';

interface Waiting {
  readonly resolve: (reply: ComparingReply) => void;
  readonly reject: (error: Error) => void;
}

export class ComparingThread {
  readonly #data: ComparingThreadData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #next = 1;

  /** @param redaction the same as on this side: what is shown must be redacted alike */
  constructor(redaction: RedactorOptions) {
    this.#data = { redaction };
  }

  /** Rejects when the thread ends, or by a fault of our own. */
  async compare(input: ComparisonInput, noise: readonly NoisyPath[]): Promise<ComparisonResult> {
    const reply = await this.#ask({ kind: 'compare', input, noise });
    if ('result' in reply) return reply.result;
    throw faultOf(reply);
  }

  /** As `compare`. */
  async selfDisagreement(
    request: ComparedRequest,
    first: Answered,
    second: Answered,
  ): Promise<readonly Disagreement[]> {
    const reply = await this.#ask({ kind: 'disagreement', request, first, second });
    if ('disagreements' in reply) return reply.disagreements;
    throw faultOf(reply);
  }

  /** The pair as it may be kept: see `pairDocument`. Rejects as `compare`. */
  async document(
    input: ComparisonInput,
    result: ComparisonResult,
    identity: CallerIdentity | undefined,
  ): Promise<string> {
    const reply = await this.#ask({ kind: 'document', input, result, identity });
    if ('document' in reply) return reply.document;
    throw faultOf(reply);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#ended('closed');
    await worker?.terminate();
  }

  #ask(question: Asked): Promise<ComparingReply> {
    const worker = this.#worker ?? this.#start();
    const id = this.#next;
    this.#next += 1;
    // Keeps the process alive exactly while something is waited for.
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ ...question, id });
    });
  }

  #start(): Worker {
    const worker = startThread('./comparing-worker', import.meta.url, { workerData: this.#data });
    let reason = 'it ended';
    worker.on('message', (reply: ComparingReply) => {
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#ended(reason);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #ended(reason: string): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(`the comparing thread: ${reason}`));
    this.#waiting.clear();
  }
}

function faultOf(reply: ComparingReply): Error {
  return new Error('fault' in reply ? reply.fault : 'the comparing thread answered another question');
}
