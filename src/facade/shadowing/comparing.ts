import type { Answered } from '../comparing/comparer.js';
import type { ComparedRequest, ComparisonInput, ComparisonResult } from '../comparing/comparison.js';
import type { ComparisonSink } from '../comparing/comparison-sink.js';

/** What shadowing hands its pairs to. Called off the path of any request. */
export interface Comparing {
  /** By the row's rules and what its noise has taught. */
  compare(input: ComparisonInput): ComparisonResult | Promise<ComparisonResult>;
  /** The legacy's two answers to one request, asked at the same time. */
  learnNoise(request: ComparedRequest, first: Answered, second: Answered): void | Promise<void>;
  readonly sink: ComparisonSink;
  /** Digest of the code of the engine that runs now; undefined while it can't be asked. */
  engineBuild(): string | undefined;
}
