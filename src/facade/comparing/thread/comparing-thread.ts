/** The thread that compares, as the facade sees it. All of it throws a ThreadError when the thread ends, or by a fault of our own. */
import { AskedThread } from '../../../legacy-bridge/threads/asked-thread.js';
import type { Answered, Disagreement } from '../comparer.js';
import type { ComparedRequest, ComparisonInput, ComparisonResult } from '../comparison.js';
import type { NoisyPath } from '../noise/noise-model.js';
import type { RedactorOptions } from '../redaction/redactor.js';
import type { CallerIdentity } from '../replay/caller-identity.js';
import type {
  ComparingAnswer,
  ComparingAnswers,
  ComparingQuestion,
  ComparingThreadData,
} from './comparing-messages.js';

/** Hundreds of times what the largest pairs take; what takes longer stands still, as an expression of the settings may. */
const MOST_MS = 30_000;

export class ComparingThread {
  readonly #thread: AskedThread<ComparingQuestion, ComparingAnswer>;

  /**
   * @param redaction the same as on this side: what is shown must be redacted alike
   * @param mostMs for one pair. A thread that is silent for longer is ended and another one begun: all pairs, and the counts of
   * those that were compared, would wait for it for ever
   */
  constructor(redaction: RedactorOptions, mostMs = MOST_MS) {
    const data: ComparingThreadData = { redaction };
    const importer = import.meta.url;
    const silence = { startMs: Math.max(mostMs, MOST_MS), answerMs: mostMs };
    const name = 'the comparing thread';
    this.#thread = new AskedThread({ module: './comparing-worker', importer, data, name, silence });
  }

  compare(input: ComparisonInput, noise: readonly NoisyPath[]): Promise<ComparisonResult> {
    return this.#ask<'compare'>({ kind: 'compare', input, noise });
  }

  selfDisagreement(request: ComparedRequest, first: Answered, second: Answered): Promise<readonly Disagreement[]> {
    return this.#ask<'disagreement'>({ kind: 'disagreement', request, first, second });
  }

  /** The pair as it may be kept: see `pairDocument`. */
  document(input: ComparisonInput, result: ComparisonResult, identity: CallerIdentity | undefined): Promise<string> {
    return this.#ask<'document'>({ kind: 'document', input, result, identity });
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #ask<K extends ComparingQuestion['kind']>(
    question: Extract<ComparingQuestion, { kind: K }>,
  ): Promise<ComparingAnswers[K]> {
    return this.#thread.ask(question) as Promise<ComparingAnswers[K]>;
  }
}
