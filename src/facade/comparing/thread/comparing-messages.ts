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
      readonly id: number;
      readonly input: ComparisonInput;
      /** The row's. */
      readonly noise: readonly NoisyPath[];
    }
  | {
      readonly kind: 'disagreement';
      readonly id: number;
      readonly request: ComparedRequest;
      readonly first: Answered;
      readonly second: Answered;
    }
  | {
      readonly kind: 'document';
      readonly id: number;
      readonly input: ComparisonInput;
      readonly result: ComparisonResult;
      readonly identity: CallerIdentity | undefined;
    };

/** A question without its number. */
export type Asked = ComparingQuestion extends infer Q ? (Q extends ComparingQuestion ? Omit<Q, 'id'> : never) : never;

export type ComparingReply =
  | { readonly id: number; readonly result: ComparisonResult }
  | { readonly id: number; readonly disagreements: readonly Disagreement[] }
  | { readonly id: number; readonly document: string }
  /** A fault of our own. */
  | { readonly id: number; readonly fault: string };
