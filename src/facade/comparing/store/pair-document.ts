/** From a comparison to the pair that is kept: redacted first, then held to a size. Pure; nothing unredacted leaves it. */
import type { ComparisonInput, ComparisonResult, Difference, SideOutcome } from '../comparison.js';
import type { RedactedBody, Redactor } from '../redaction/redactor.js';
import type { CallerIdentity } from '../replay/caller-identity.js';
import { whyNotReplayable } from '../replay/replayable.js';
import type { KeptOutcome, KeptPair } from './kept-pair.js';

/** Characters of JSON; what is beyond loses its effects first, then its bodies. */
const MOST_CHARACTERS = 1_000_000;

/**
 * Takes milliseconds for large bodies, so it is for a thread that serves no traffic.
 * @returns JSON of a `KeptPair`
 */
export function pairDocument(
  input: ComparisonInput,
  result: ComparisonResult,
  identity: CallerIdentity | undefined,
  redactor: Redactor,
): string {
  const { request, effects } = input;
  const redacted = redactor.request(request);
  const pair: KeptPair = {
    request: redacted,
    stage: request.row.stage,
    kind: input.kind,
    answeredBy: input.answeredBy,
    legacy: keptOutcome(input.legacy, redactor),
    engine: keptOutcome(input.engine, redactor),
    effects:
      effects === undefined
        ? null
        : {
            legacy: { ...effects.legacy, effects: redactor.effects(effects.legacy.effects) },
            engine: redactor.effects(effects.engine),
          },
    result: redactedResult(result, redactor),
    identity: identity ?? null,
    notReplayable: whyNotReplayable(request, redacted, identity, input.legacy) ?? null,
    leftOut: [],
  };
  return fitted(pair);
}

/** Values were redacted by the comparer; names in paths, which are the client's to choose, were not. The rule of noise is such a path. */
function redactedResult(result: ComparisonResult, redactor: Redactor): ComparisonResult {
  const path = <T extends Difference>(difference: T): T => ({ ...difference, path: redactor.text(difference.path) });
  const rule = <T extends { readonly rule: string }>(passed: T): T => ({ ...passed, rule: redactor.text(passed.rule) });
  return {
    ...result,
    differences: result.differences.map(path),
    passed: result.passed.map((passed) => rule(path(passed))),
    used: result.used.map(rule),
  };
}

function keptOutcome(outcome: SideOutcome, redactor: Redactor): KeptOutcome {
  return outcome.outcome === 'failed' ? outcome : { ...outcome, answer: redactor.answer(outcome.answer) };
}

function fitted(pair: KeptPair): string {
  const whole = JSON.stringify(pair);
  if (whole.length <= MOST_CHARACTERS) return whole;
  const withoutEffects: KeptPair = { ...pair, effects: null, leftOut: ['effects, for their size'] };
  const shorter = JSON.stringify(withoutEffects);
  if (shorter.length <= MOST_CHARACTERS) return shorter;
  return JSON.stringify({
    ...withoutEffects,
    request: { ...pair.request, body: emptied(pair.request.body) },
    legacy: withoutBody(pair.legacy),
    engine: withoutBody(pair.engine),
    notReplayable: pair.notReplayable ?? 'The body was too large to be kept whole.',
    leftOut: [...withoutEffects.leftOut, 'bodies, for their size'],
  } satisfies KeptPair);
}

function withoutBody(outcome: KeptOutcome): KeptOutcome {
  if (outcome.outcome === 'failed') return outcome;
  return { ...outcome, answer: { ...outcome.answer, body: emptied(outcome.answer.body) } };
}

function emptied({ size }: RedactedBody): RedactedBody {
  return { form: 'text', text: '', size, cut: true };
}
