/**
 * Runs kept mismatches at the engine again, as dry runs, and says which are gone. What is compared with is the legacy's answer
 * of then, without its secrets, so only the places that differed are judged: elsewhere time itself may have changed answers.
 */
import type { Effects } from '../../../legacy-bridge/effects/effects.js';
import type { RouteRow } from '../../table/table-snapshot.js';
import { generalPathOf } from '../compare/path.js';
import type { Comparer } from '../comparer.js';
import type { CapturedAnswer, ComparisonInput, ComparisonResult, SideOutcome } from '../comparison.js';
import { NO_NOISE } from '../noise/noise-view.js';
import type { RedactedAnswer, Redactor } from '../redaction/redactor.js';
import type { KeptPair, PairSummary, StoredPair } from '../store/kept-pair.js';
import type { FreshCredentials } from './fresh-credentials.js';
import { type RebasedEffects, rebaseEffects } from './rebase-effects.js';
import { CREDENTIAL_HEADERS, OWN_HEADERS } from './replayable.js';
import type { EngineRun } from './run-at-engine.js';

export interface ReplayParts {
  readonly run: EngineRun;
  readonly credentials: FreshCredentials;
  readonly comparer: Pick<Comparer, 'compare'>;
  readonly redactor: Redactor;
  /** Undefined for rows that the table in force does not have. */
  readonly rowOf: (id: string) => RouteRow | undefined;
  /** Undefined for pairs that are not kept any more. */
  readonly pairOf: (id: number) => Promise<StoredPair | undefined>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export type ReplayOutcome =
  /** None of the places that differed does so any more, and no other does. */
  | 'gone'
  /** At least one still does. */
  | 'still'
  /** None does; but others do, by a change of the engine, of the data, or of time. */
  | 'elsewhere'
  /** Its secrets are needed, and are not kept. */
  | 'not_replayable'
  /** Nothing differs, but nothing would either if the fault were still there: the database holds what the legacy wrote. */
  | 'untellable'
  /** The engine gave no answer that could be compared. */
  | 'no_answer';

export interface Replayed {
  readonly id: number;
  readonly row: string;
  readonly method: string;
  readonly target: string;
  readonly outcome: ReplayOutcome;
  /** For a person. */
  readonly detail: string;
}

export interface ReplayReport {
  readonly counts: Readonly<Record<ReplayOutcome, number>>;
  /** In the order in which they were run. */
  readonly replayed: readonly Replayed[];
  /** How many there was no time for. */
  readonly notRun: number;
}

/** Longest time that one call may keep the engine busy: half of what its caller waits. */
const MOST_MS = 60_000;

/**
 * One after the other, each read when its turn comes: a replay must not compete with traffic.
 * @param signal ends it, also in the middle of a run
 */
export async function replayPairs(
  pairs: readonly PairSummary[],
  parts: ReplayParts,
  signal: AbortSignal,
  mostMs = MOST_MS,
): Promise<ReplayReport> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(mostMs)]);
  const replayed: Replayed[] = [];
  const counts = { gone: 0, still: 0, elsewhere: 0, not_replayable: 0, untellable: 0, no_answer: 0 };
  for (const { id, row, method, target } of pairs) {
    const stored = ended.aborted ? undefined : await parts.pairOf(id);
    if (ended.aborted) break;
    const found = stored === undefined ? NOT_KEPT : await replay(stored, parts, ended);
    // What was given up in the middle says nothing.
    if (ended.aborted && found.outcome === 'no_answer') break;
    counts[found.outcome] += 1;
    replayed.push({ id, row, method, target, ...found });
  }
  return { counts, replayed, notRun: pairs.length - replayed.length };
}

type Found = Pick<Replayed, 'outcome' | 'detail'>;

const NOT_KEPT: Found = { outcome: 'not_replayable', detail: 'It is not kept any more.' };

async function replay({ pair, row: id }: StoredPair, parts: ReplayParts, signal: AbortSignal): Promise<Found> {
  const row = parts.rowOf(id);
  if (row === undefined) return { outcome: 'not_replayable', detail: 'The table has no such row any more.' };
  if (pair.notReplayable !== null) return { outcome: 'not_replayable', detail: pair.notReplayable };
  const headers = await headersFor(pair, parts.credentials);
  if (typeof headers === 'string') return { outcome: 'not_replayable', detail: headers };
  const { method, target, body } = pair.request;
  const bytes = Buffer.from(body.text, 'utf8');
  const startedAt = parts.now();
  const reply = await parts.run({ method, target, headers, body: bytes }, signal);
  if (reply.outcome === 'no-answer') return { outcome: 'no_answer', detail: reply.why };
  const { redactor } = parts;
  const engine = answerOf(redactor.answer(reply.answer));
  const { effects, untellable } = rebased(withoutDigests(redactor.effects(reply.effects)), pair);
  const { ms, notSeen } = reply;
  const input = inputOf(pair, row, { engine, effects, notSeen, startedAt, ms, body: bytes });
  return judged(pair.result, parts.comparer.compare(input, row.compare, NO_NOISE), untellable);
}

function rebased(now: Effects, { effects: kept }: KeptPair): RebasedEffects {
  if (kept === null) return { effects: now, untellable: new Set() };
  return rebaseEffects(now, {
    legacy: withoutDigests(kept.legacy.effects),
    engine: withoutDigests(kept.engine),
  });
}

async function headersFor(
  { request, identity }: KeptPair,
  credentials: FreshCredentials,
): Promise<readonly (readonly [string, string])[] | string> {
  const plain = request.headers.filter(([name]) => !CREDENTIAL_HEADERS.has(name) && !OWN_HEADERS.has(name));
  if (identity === null) return plain;
  const fresh = await credentials(identity);
  return 'problem' in fresh ? fresh.problem : [...plain, ['authorization', fresh.authorization]];
}

interface Rerun {
  readonly engine: CapturedAnswer;
  readonly effects: Effects;
  readonly notSeen: readonly string[];
  readonly startedAt: number;
  readonly ms: number;
  readonly body: Buffer;
}

function inputOf(
  pair: KeptPair,
  row: RouteRow,
  { engine, effects, notSeen, startedAt, ms, body }: Rerun,
): ComparisonInput {
  const { request, kind, answeredBy } = pair;
  return {
    request: { ...request, row, body },
    kind,
    answeredBy,
    legacy: outcomeOf(pair),
    engine: { outcome: 'answered', answer: engine, ms },
    effects:
      pair.effects === null
        ? undefined
        : {
            legacy: { ...pair.effects.legacy, effects: withoutDigests(pair.effects.legacy.effects) },
            engine: effects,
            engineNotSeen: notSeen,
          },
    engineAt: startedAt,
  };
}

function outcomeOf({ legacy }: KeptPair): SideOutcome {
  return legacy.outcome === 'failed' ? legacy : { ...legacy, answer: answerOf(legacy.answer) };
}

/** Redacted bodies are decoded, so they carry no content encoding; nor the length of what was sent. */
function answerOf({ status, headers, body }: RedactedAnswer): CapturedAnswer {
  const kept = headers.filter(([name]) => !OWN_HEADERS.has(name));
  return {
    status,
    headers: kept.map(([name, value]) => [name, unmarked(value)] as const),
    body: Buffer.from(unmarked(body.text), 'utf8'),
  };
}

const MARK = /\[redacted:([a-z0-9-]+):[0-9a-f]+\]/g;

/** Two secrets of one kind count as equal: which they were is not known any more. */
function unmarked(text: string): string {
  return text.replaceAll(MARK, '[redacted:$1:0]');
}

function withoutDigests(effects: Effects): Effects {
  return JSON.parse(unmarked(JSON.stringify(effects))) as Effects;
}

function judged(before: ComparisonResult, now: ComparisonResult, untellable: ReadonlySet<string>): Found {
  if (now.verdict === 'inconclusive') return { outcome: 'no_answer', detail: `inconclusive: ${now.reason ?? ''}` };
  const places = placesOf(before);
  const found = [...placesOf(now)];
  const still = found.filter((place) => places.has(place));
  if (still.length > 0) return { outcome: 'still', detail: listed(still) };
  if (found.length > 0) return { outcome: 'elsewhere', detail: listed(found) };
  const hidden = [...placesOf(before, untellable)];
  if (hidden.length > 0)
    return { outcome: 'untellable', detail: `the database holds already what the legacy wrote: ${listed(hidden)}` };
  return { outcome: 'gone', detail: `${places.size} differences are gone` };
}

/** @param among only places at one of these paths */
function placesOf({ differences }: ComparisonResult, among?: ReadonlySet<string>): Set<string> {
  const general = differences.map(({ kind, path }) => ({ kind, path: generalPathOf(path) }));
  return new Set(general.filter(({ path }) => among?.has(path) ?? true).map(({ kind, path }) => `${kind} ${path}`));
}

const MOST_LISTED = 5;

function listed(places: readonly string[]): string {
  const shown = places.slice(0, MOST_LISTED).join(', ');
  return places.length > MOST_LISTED ? `${shown} and ${places.length - MOST_LISTED} more` : shown;
}
