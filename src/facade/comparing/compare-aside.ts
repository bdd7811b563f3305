/** Compares small pairs at once and large ones in a thread: where that is cheaper for the event loop in each case. */
import { headerValues } from './compare/header-values.js';
import type { Answered, Comparer } from './comparer.js';
import type { ComparedRequest, ComparisonInput, ComparisonResult, SideOutcome } from './comparison.js';
import type { KeptNoise } from './noise/kept-noise.js';
import { bodyBytes, effectsBytes } from './pair-bytes.js';
import type { ComparingThread } from './thread/comparing-thread.js';

/** Bytes of both bodies together: some tenths of a millisecond here, about as much as handing them over costs. */
const LARGEST_AT_ONCE = 8 * 1024;

/** It is searched for each value that a write made up. */
const LARGEST_REQUEST_AT_ONCE = 32 * 1024;

/** Of both sides' rows, before and after. */
const LARGEST_EFFECTS_AT_ONCE = 16 * 1024;
const MOST_ROWS_AT_ONCE = 20;

export interface CompareAsideParts {
  readonly comparer: Comparer;
  readonly thread: Pick<ComparingThread, 'compare' | 'selfDisagreement'>;
  readonly noise: Pick<KeptNoise, 'view' | 'noisyPaths' | 'learn'>;
}

/** By the row's rules, and by what is noise on it now. */
export function compareAside(
  { comparer, thread, noise }: CompareAsideParts,
  input: ComparisonInput,
): ComparisonResult | Promise<ComparisonResult> {
  const { row } = input.request;
  const isSmall =
    areSmall(input.legacy, input.engine) &&
    input.request.body.length <= LARGEST_REQUEST_AT_ONCE &&
    rowsOf(input) <= MOST_ROWS_AT_ONCE &&
    effectsBytes(input) <= LARGEST_EFFECTS_AT_ONCE;
  return isSmall
    ? comparer.compare(input, row.compare, noise.view(row.id))
    : thread.compare(input, noise.noisyPaths(row.id));
}

export async function learnAside(
  { comparer, thread, noise }: CompareAsideParts,
  request: ComparedRequest,
  first: Answered,
  second: Answered,
): Promise<void> {
  const isSmall = areSmall(first, second);
  const disagreements = isSmall
    ? comparer.selfDisagreement(request, first, second, request.row.compare)
    : await thread.selfDisagreement(request, first, second);
  noise.learn(request.row.id, disagreements);
}

/** An encoded body tells nothing of how large it is: some kilobytes may unpack to megabytes. */
function areSmall(...sides: readonly SideOutcome[]): boolean {
  const bytes = sides.reduce((sum, side) => sum + bodyBytes(side), 0);
  return bytes <= LARGEST_AT_ONCE && !sides.some(isEncoded);
}

function isEncoded(side: SideOutcome): boolean {
  return side.outcome === 'answered' && headerValues(side.answer.headers, 'content-encoding').length > 0;
}

function rowsOf({ effects }: ComparisonInput): number {
  return effects === undefined ? 0 : effects.legacy.effects.rows.length + effects.engine.rows.length;
}
