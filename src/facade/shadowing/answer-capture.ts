/** Keeps what the client is answered, as it passes. Never delays it: what does not fit is not kept. */
import type { CapturedAnswer } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { AnswerTap } from '../forwarding/forward-exchange.js';
import type { ByteBudget } from './byte-budget.js';
import { headerPairs } from './header-pairs.js';
import { KeptBytes } from './kept-bytes.js';

export class AnswerCapture implements AnswerTap {
  readonly #body: KeptBytes;
  #status = 0;
  #headers: readonly string[] = [];
  /** Of the list at the time: it is added to before it goes to the client. */
  #headersLength = 0;

  constructor(mostBytes: number, budget: ByteBudget) {
    this.#body = new KeptBytes(mostBytes, budget, 'answer_too_large');
  }

  onHead(status: number, headers: readonly string[]): void {
    this.#status = status;
    this.#headers = headers;
    this.#headersLength = headers.length;
  }

  onChunk(chunk: Buffer): void {
    this.#body.add(chunk);
  }

  /** To be asked once the answer is complete. @returns why there is none, where its body was not kept */
  answer(): CapturedAnswer | DropReason {
    if (this.#body.refused !== undefined) return this.#body.refused;
    return {
      status: this.#status,
      headers: headerPairs(this.#headers, this.#headersLength),
      body: this.#body.bytes(),
    };
  }

  release(): void {
    this.#body.release();
  }
}
