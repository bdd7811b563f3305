/** The forms of the admin API's comparisons. Each mirrors the type of the same name. */
import { SIDES } from '../side.js';
import { dictionary, flag, integer, type JsonSchema, list, number, object, orNull, text, time } from './json-schema.js';
import { stage, who, why } from './schema-parts.js';

const VERDICTS = ['match', 'ignored', 'mismatch', 'inconclusive'] as const;
const count = integer('How many.');
const reasons = (description: string): JsonSchema =>
  list(object(undefined, { reason: text('Code.'), count }), description);

export const verdict = text('Outcome of a comparison.', { enum: VERDICTS });
export const rowId = text('Id of the row, or `default`.', { minLength: 1, maxLength: 200 });
export const path = text('General path, or the beginning of one: `body.devices[*].guid`.', {
  minLength: 1,
  maxLength: 400,
});

const counts = object(undefined, Object.fromEntries(VERDICTS.map((one) => [one, integer(`Comparisons: ${one}.`)])));

const period = {
  id: integer('Unique.'),
  row: rowId,
  answeredBy: text('The side that answered the clients.', { enum: SIDES }),
  rules: text("Digest of the row's rules of comparing."),
  build: text("Digest of the engine's code."),
  startedAt: time('First comparison.'),
  lastAt: time('Newest comparison.'),
};

const latency = object(
  undefined,
  Object.fromEntries(
    SIDES.map((side) => [
      side,
      object(undefined, {
        count: integer('Answers measured.'),
        p50: orNull(number('Median, milliseconds.')),
        p99: orNull(number('99th percentile, milliseconds.')),
      }),
    ]),
  ),
);

const drops = reasons('Requests that were to be compared and were not, since the period began.');
const mismatchesByKind = dictionary(count, 'Differences by kind; one comparison may count in several.');
const pairOfCounts = list(count, 'Compared, and seen.');

export const summarySchema = object('ComparisonSummary', {
  row: rowId,
  group: orNull(text('Group that the row flips with.')),
  stage,
  next: orNull(stage),
  period: orNull(object('EvidencePeriod', period)),
  counts,
  conclusive: integer('Comparisons that say whether the sides agree.'),
  matchRate: orNull(
    object(undefined, {
      share: number('Share of those that do, 0 to 1.'),
      low: number('Lower end of its 95 % interval (Clopper-Pearson).'),
      high: number('Upper end.'),
    }),
  ),
  mismatchesByKind,
  coverage: object(undefined, {
    statuses: pairOfCounts,
    callers: pairOfCounts,
    shapes: integer('Parameter shapes that were compared.'),
  }),
  latency,
  drops,
  earlierPeriods: integer('Periods that ended.'),
  ready: flag('The gate lets the row go to its next stage.'),
  missing: list(text('What is missing for that.'), 'Empty when ready.'),
  notes: list(text('What to know besides.'), 'Drops, faults that were not compared, what was passed over.'),
});

export const comparisonsSchema = object('Comparisons', {
  store: object('ComparisonStoreHealth', {
    writable: flag('Comparisons are kept.'),
    problem: orNull(text('Why not.')),
    lost: integer('Comparisons lost to that since the start.'),
  }),
  rows: list(summarySchema, 'In the order of the table, the default row last.'),
  notCompared: list(text('`event:` and the name.'), 'Events at stages that compare: this release compares none.'),
});

const cells = (description: string): JsonSchema =>
  list(
    object(undefined, {
      value: text('Cell of the ledger.'),
      compared: integer('Conclusive comparisons.'),
      mismatches: integer('Mismatches among them.'),
      seen: integer('Met, compared or not.'),
    }),
    description,
  );

const mismatchGroup = {
  kind: text('Kind of difference.'),
  path: text('General path.'),
  count: integer('Comparisons with it.'),
  newest: orNull(integer('Id of the newest that is kept.')),
  lastAt: time('Newest.'),
};

export const evidenceSchema = object('RowEvidence', {
  summary: summarySchema,
  evidence: object('Evidence', {
    row: rowId,
    period: orNull(object('EvidencePeriod', period)),
    counts,
    inconclusive: reasons('Why comparisons say nothing.'),
    noisy: integer('Ignored ones in which noise was passed over.'),
    unseen: list(
      object(undefined, { what: text('What could not be looked at.'), count }),
      'In how many comparisons; most first.',
    ),
    statuses: cells('Status classes.'),
    callers: cells('Kinds of callers.'),
    shapes: cells('Parameter shapes, most compared first.'),
    mismatches: list(object(undefined, mismatchGroup), 'Most frequent first.'),
    mismatchesByKind,
    latency,
    passed: list(
      object(undefined, {
        by: text('What passed differences over.', { enum: ['equivalence', 'rule', 'noise'] }),
        rule: text('Name of the equivalence, or path.'),
        count,
        lastAt: time('Newest.'),
      }),
      'Most used first.',
    ),
    drops,
    earlier: list(object('EndedPeriod', { ...period, counts }), 'Newest first.'),
  }),
  gate: object('GateVerdict', {
    row: rowId,
    next: orNull(stage),
    ready: flag('The row may go there.'),
    checks: list(
      object(undefined, {
        name: text('Condition.'),
        ok: flag('It holds.'),
        text: text('What was found and is needed.'),
      }),
      'Empty where the step needs no evidence.',
    ),
    missing: list(text('What is missing.'), 'Empty when ready.'),
    notes: list(text('What to know besides.'), 'Told, not required.'),
  }),
});

export const mismatchesSchema = object('Mismatches', {
  groups: list(
    object('MismatchGroup', { row: rowId, ...mismatchGroup }),
    'By row and path, in the order of the table, most frequent first.',
  ),
});

const pairSummary = {
  id: integer('Id, for `facade show`.'),
  row: rowId,
  at: time('When the request came.'),
  verdict,
  method: text('Request method.'),
  target: text('Path and query, redacted.'),
  status: integer('That the client got; 0 for none.'),
  differences: list(object(undefined, { kind: text('Kind.'), path: text('General path.') }), 'Each once.'),
};

export const pairsSchema = object('ComparisonPairs', {
  pairs: list(object('ComparisonPair', pairSummary), 'Newest first, or from `after` on.'),
});

/** The pair itself has the form of `KeptPair`, whose answers and effects are as free as what sides answer. */
const whole = object('WholePair', { ...pairSummary, pair: { type: 'object', additionalProperties: true } });

export const wholePairSchema = whole;
export const wholePairsSchema = object('WholePairs', { pairs: list(whole, 'Oldest first, from `after` on.') });

export const replayBodySchema = object(
  'ReplayRequest',
  {
    row: rowId,
    limit: integer('Most kept mismatches to run, newest first. Default 50.', { minimum: 1, maximum: 500 }),
    who,
  },
  ['row', 'limit', 'who'],
);

const OUTCOMES = ['gone', 'still', 'elsewhere', 'not_replayable', 'untellable', 'no_answer'] as const;

export const replaySchema = object('ReplayReport', {
  counts: object(undefined, Object.fromEntries(OUTCOMES.map((one) => [one, integer(`Comparisons: ${one}.`)]))),
  replayed: list(
    object(undefined, {
      id: integer('Id of the kept comparison.'),
      row: rowId,
      method: text('Request method.'),
      target: text('Path and query, redacted.'),
      outcome: text('What came of it.', { enum: OUTCOMES }),
      detail: text('For a person.'),
    }),
    'In the order in which they were run.',
  ),
  notRun: integer('How many there was no time for within one call.', { minimum: 0 }),
});

export const ignoreBodySchema = object(
  'IgnoreRequest',
  {
    target: text('Id of a row or group, or `default`.', { minLength: 1, maxLength: 200 }),
    path: text('Path pattern, such as `body.devices[*].last_seen`.', {
      minLength: 1,
      maxLength: 400,
      pattern: '^(status|(headers|body|rows|events|calls)([.\\[].+)?)$',
    }),
    why,
    owner: text('Who answers for the rule.', { minLength: 1, maxLength: 100, pattern: '^\\P{Cc}*$' }),
    expires: text('Day from which on it does not apply, such as 2027-01-31.', { pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    who,
  },
  ['who'],
);

export const promoteBodySchema = object(
  'PromoteRequest',
  {
    target: text('Id of a row or group, or `default`.', { minLength: 1, maxLength: 200 }),
    percent: number('Where the next stage is canary: share of clients that the engine gets.', {
      minimum: 0,
      maximum: 100,
    }),
    by: text('Where it is canary: what clients are told apart by.', {
      pattern: '^(guid|operator|address|header:.+)$',
    }),
    to: { ...stage, description: 'The stage that is meant: refused where another one is next by now.' },
    force: flag('Also without what the gate demands; `why` is needed then. Default: false.'),
    why,
    who,
  },
  ['percent', 'by', 'to', 'force', 'why', 'who'],
);
