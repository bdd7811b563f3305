/** What is said between the facade and the thread that compares for it. */
import type { Answered, Disagreement } from '../comparer.js';
import type { ComparedRequest, ComparisonInput, ComparisonResult } from '../comparison.js';
import type { NoisyPath } from '../noise/noise-model.js';
import type { RedactorOptions } from '../redaction/redactor.js';
import type { CallerIdentity } from '../replay/caller-identity.js';

export interface ComparingThreadData {
  readonly redaction: RedactorOptions;
}

/** Values arrive as copies; of a Buffer a Uint8Array does. */
export type ComparingQuestion =
  | {
      readonly kind: 'compare';
      readonly input: ComparisonInput;
      /** The row's. */
      readonly noise: readonly NoisyPath[];
    }
  | {
      readonly kind: 'disagreement';
      readonly request: ComparedRequest;
      readonly first: Answered;
      readonly second: Answered;
    }
  | {
      readonly kind: 'document';
      readonly input: ComparisonInput;
      readonly result: ComparisonResult;
      readonly identity: CallerIdentity | undefined;
    };

/** By the kind of the question. */
export interface ComparingAnswers {
  readonly compare: ComparisonResult;
  readonly disagreement: readonly Disagreement[];
  readonly document: string;
}

export type ComparingAnswer = ComparingAnswers[ComparingQuestion['kind']];
