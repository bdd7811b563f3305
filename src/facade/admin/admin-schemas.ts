/** The forms that the admin API takes and gives. Each mirrors the type of the same name. */
import { GUARD_CAUSES } from '../guard/guard-judgement.js';
import { LONGEST_OVERRIDE_S, USUAL_OVERRIDE_S } from '../override/override.js';
import { SIDES } from '../side.js';
import { ACCESS_CLASSES, PROFILES } from '../table/access.js';
import { dictionary, flag, integer, list, number, object, orNull, text, time } from './json-schema.js';
import {
  access,
  canary,
  cohortKey,
  explainAddress,
  explainHeaders,
  force,
  position,
  requires,
  side,
  stage,
  who,
  why,
} from './schema-parts.js';
import { socketsRowSchema, socketsStatusSchema } from './socket-schemas.js';

/** `not_needed`: the row is public, or the request is an OPTIONS that no handler answers. */
const ACCESS_OUTCOMES = ['not_needed', 'allowed', 'denied', 'unavailable'] as const;
const BREAKER_STATES = ['closed', 'half-open', 'open'] as const;

export const problemSchema = object(
  'Problem',
  {
    error: text('Code of the refusal.'),
    reason: text('What was expected, for a person.'),
    requestId: text('Id of the request, as in the log.'),
    problems: list(text('One thing that is wrong.'), 'Each thing that is wrong, where there are several.'),
  },
  ['problems'],
);

export const healthSchema = object('Health', {
  status: text('Nothing more is told without a token.', { enum: ['live', 'ready', 'not_ready'] }),
});

const rowSchema = object('Row', {
  id: text('Id of the row; `default` serves what no other row names.'),
  matches: list(
    object(undefined, {
      methods: list(text('Method, or `*` for all.'), 'Methods as written.'),
      rule: text('Path rule, such as /api/device/details/:hostname.'),
    }),
    'Patterns of the row.',
  ),
  group: orNull(text('Group that the row flips with.')),
  stage,
  access,
  canary,
  fallback: text('Who answers when the engine cannot.', { enum: ['legacy', 'none'] }),
  timeoutMs: integer("Longest wait for an answer's first byte, and between two bytes of one."),
  requires,
  breaker: text("State of the row's breaker.", { enum: BREAKER_STATES }),
  heldUntil: orNull(time('Moved back by the guard, and held there until then.')),
  sample: number('Percentage of requests that is compared at the stages that compare.'),
  notComparable: orNull(
    text("Routes of the row on which the engine can't be compared, and why; known once it was asked for a dry run."),
  ),
  notServed: orNull(
    list(
      text('Method and rule.'),
      "Routes of the row that the engine does not serve yet; null when it can't be asked.",
    ),
  ),
});

export { rowSchema };

export const routesSchema = object('Routes', {
  version: integer('Version of the table in force.'),
  profile: text('Which word of a row counts for its access.', { enum: PROFILES }),
  routes: list(rowSchema, 'Rows in the order of the file, the default row last.'),
  groups: dictionary(object(undefined, { stage, canary }), 'Groups by id.'),
  sockets: socketsRowSchema,
  background: list(
    object(undefined, {
      name: text('Task.'),
      owner: side,
      jobs: dictionary(side, "Of the scheduler: owners of jobs, by id, where they are not the task's own."),
    }),
    'Background tasks and who runs them.',
  ),
});

export const explainBodySchema = object(
  'ExplainRequest',
  {
    method: text('Request method.', { minLength: 1, maxLength: 40, pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" }),
    path: text('Path, with or without a query.', { minLength: 1, maxLength: 8192 }),
    headers: explainHeaders,
    address: explainAddress,
  },
  ['headers', 'address'],
);

export const explanationSchema = object('Explanation', {
  method: text('Request method.'),
  path: text('Path as matched.'),
  tableVersion: integer('Version of the table that was asked.'),
  side: text('Who answers; `facade` when it refuses the request itself.', { enum: [...SIDES, 'facade'] }),
  reason: text('Why, for a person.'),
  row: orNull(text('Row that the request falls under; `sockets` for Socket.IO, null when it is refused.')),
  group: orNull(text('Group of the row.')),
  stage: orNull(position),
  mayFallBack: flag("The legacy may answer in the engine's place."),
  access: orNull(
    object(undefined, {
      demands: access,
      outcome: text('Whether these headers satisfy it.', { enum: ACCESS_OUTCOMES }),
      why: text('What was found of the caller.'),
    }),
  ),
  breaker: text("State of the row's breaker.", { enum: BREAKER_STATES }),
});

const flipTarget = text(
  'Id of a row or group, `event:NAME`, `sockets`, `default`, `background:NAME` or `background:scheduler/JOB`.',
  { minLength: 1, maxLength: 200 },
);

export const flipBodySchema = object(
  'FlipRequest',
  {
    target: flipTarget,
    also: {
      ...list(
        flipTarget,
        'Further targets, which go to the same stage in the same version; rules are asked of the outcome.',
      ),
      maxItems: 200,
    },
    stage: position,
    percent: number('For canary: share of clients that the engine gets.', { minimum: 0, maximum: 100 }),
    by: cohortKey,
    why,
    who,
    force,
  },
  ['also', 'percent', 'by', 'who', 'force'],
);

export const overrideBodySchema = object(
  'OverrideRequest',
  {
    row: text('Id of a row, or `default`.', { minLength: 1, maxLength: 200 }),
    side,
    seconds: integer(`How long it lasts, seconds. Default ${USUAL_OVERRIDE_S}.`, {
      minimum: 1,
      maximum: LONGEST_OVERRIDE_S,
    }),
    why,
    who,
  },
  ['seconds', 'who'],
);

export const overrideSchema = object('SignedOverride', {
  header: text('The whole header, as clients send it. Whoever has it may use it, until it ends.'),
  row: text('Id of the row.'),
  side,
  until: time('When it ends.'),
  warnings: list(text('A sentence without a full stop.'), 'What to mind.'),
});

const changes = list(
  object('StageChange', {
    id: text(
      'Row, group, `event:NAME`, `sockets`, `background:NAME`, a job of the scheduler, `access:ROW` or `profile`.',
    ),
    from: text('Stage, owner, access or profile before.'),
    to: text('The same after.'),
  }),
  'What changed.',
);
const diff = text('Unified line difference of the file.');

export const previewSchema = object('FlipPreview', { changes, diff });

const versionFields = {
  version: integer('Number of the version.'),
  at: time('When it came into force.'),
  who: text('Who made it.'),
  why: text('Why.'),
  cause: text('How it came about.', { enum: ['flip', 'rollback', 'edit', 'start'] }),
  changes,
  diff,
  digest: text("SHA-256 of the file's text, hex."),
};

export const versionSchema = object('TableVersion', versionFields);

export const madeVersionSchema = object('MadeVersion', {
  ...versionFields,
  warnings: list(text('A sentence.'), 'What to mind now that it is in force.'),
});

export const rollbackBodySchema = object(
  'RollbackRequest',
  { to: integer('Version to restore. Default: the one before that in force.', { minimum: 1 }), why, who, force },
  ['to', 'who', 'force'],
);

export const accessBodySchema = object(
  'AccessRequest',
  {
    target: text('Id of a row, `default` or `profile`.', { minLength: 1, maxLength: 200 }),
    access: text('Whom the row lets in; for `profile`, its name.', { enum: [...ACCESS_CLASSES, ...PROFILES] }),
    why,
    who,
  },
  ['who'],
);

export const auditSchema = object('Audit', {
  entries: list(
    object(
      'AuditEntry',
      {
        at: time('When.'),
        who: text('Who.'),
        action: text(
          'flip, rollback, edit, start, sockets-drain, sockets-drain-cancel, promote-forced, replay, guard-release or override.',
        ),
        detail: text('What it touched.'),
        why: text('Why.'),
        version: integer('Version of the table, when the entry is one.'),
      },
      ['version'],
    ),
    'Newest first.',
  ),
});

const requestCounts = {
  requests: integer('Requests that the side answered or failed to.'),
  errors: integer('Of them: answers of class 5xx, broken or missing ones.'),
  timeouts: integer('Of them: ran into the timeout of the row.'),
};

export const holdSchema = object('HoldDown', {
  target: text('Row or group that was moved back.'),
  row: text('Row that misbehaved.'),
  cause: text('Which limit was passed.', { enum: GUARD_CAUSES }),
  evidence: text('What was counted, in words.'),
  from: text('Stage that it was at.'),
  to: text('Stage that it went to.'),
  movedAt: time('When.'),
  until: time('Until when it does not move forward without force.'),
});

export const guardSchema = object('Guard', {
  rows: list(
    object('GuardedRow', {
      row: text('Id of the row.'),
      target: text('What would be moved: the row or its group.'),
      stage,
      on: flag('False: `guard: off`.'),
      window: object(undefined, {
        ...requestCounts,
        compared: integer('Comparisons that say something.'),
        mismatches: integer('Of them: mismatches.'),
        inARow: integer('Requests that failed one after the other for longer than the window, or 0.'),
        timeoutsInARow: integer('Of them: timeouts.'),
      }),
      limits: object(undefined, {
        windowMs: integer('What is looked at: the last so many milliseconds.'),
        minRequests: integer('Fewest requests, or comparisons, before anything is concluded.'),
        errorRate: number('Largest share of errors, 0 to 1.'),
        timeoutRate: number('Largest share of timeouts, 0 to 1.'),
        mismatchRate: number('Largest share of mismatches, 0 to 1.'),
        holdDownMs: integer('How long a row that was moved back is held there.'),
      }),
      legacy: object(undefined, requestCounts),
      blocked: orNull(
        object(undefined, {
          since: time('Since when.'),
          reason: text('Why it can not be moved back though it should.'),
        }),
      ),
    }),
    'Rows at canary, verify and engine.',
  ),
  holds: list(holdSchema, 'Hold-downs in force, oldest first.'),
});

export const releaseBodySchema = object(
  'ReleaseRequest',
  { target: text('Row or group that is held.', { minLength: 1, maxLength: 200 }), why, who },
  ['who'],
);

export const checkSchema = object('CheckReport', {
  ok: flag('False when any finding is a problem.'),
  findings: list(
    object(
      'CheckFinding',
      {
        subject: text('What was looked at.'),
        level: text('How bad it is.', { enum: ['ok', 'note', 'warning', 'problem'] }),
        message: text('What was found.'),
        hint: orNull(text('What to do.')),
        rows: list(text('Id of a row.'), 'The rows that it is about, where it is about rows.'),
      },
      ['rows'],
    ),
    'In the order of looking.',
  ),
});

const reachability = { reachable: flag('It answered when last asked.'), problem: orNull(text('Why not.')) };

export const statusSchema = object('Status', {
  version: text('Version of the facade.'),
  state: text('What it is doing.', { enum: ['starting', 'running', 'stopping'] }),
  startedAt: time('When it started.'),
  uptimeSeconds: number('Seconds since then.'),
  listen: text('Where agents and browsers reach it.'),
  legacy: object(undefined, { url: text('Where the legacy listens.'), ...reachability }),
  engine: object(undefined, {
    mode: text('Setting engine.mode.', { enum: ['spawn', 'url', 'off'] }),
    process: orNull(
      object(undefined, {
        state: text('State of the process.', { enum: ['starting', 'ready', 'waiting', 'stopped'] }),
        pid: orNull(integer('Process id.')),
        restarts: integer('Times that it was started again.'),
        since: time('When the state began.'),
        lastEnd: orNull(text('How it last ended.')),
      }),
    ),
    ...reachability,
  }),
  table: object(undefined, {
    file: text('The migration table.'),
    version: integer('Version in force.'),
    digest: text("SHA-256 of that version's text."),
    rejected: orNull(
      object(undefined, { since: time('Since when.'), problems: list(text('One problem.'), 'What is wrong.') }),
    ),
    rowsByStage: dictionary(integer('Rows.'), 'Rows by stage.'),
  }),
  tls: orNull(
    object(undefined, {
      names: list(text('Subject alternative name.'), 'Names of the certificate.'),
      notAfter: time('When it expires.'),
      fingerprint: text('SHA-256 of the leaf.'),
      rejected: orNull(text('Why the files on disk are not in use.')),
    }),
  ),
  sockets: socketsStatusSchema,
  breakers: dictionary(text('State.', { enum: BREAKER_STATES }), 'Rows whose breaker is not closed.'),
  guard: object(undefined, {
    watched: integer('Rows that the guard watches.'),
    blocked: dictionary(text('Why.'), 'Rows that should go back and can not.'),
    holds: list(holdSchema, 'Hold-downs in force, oldest first.'),
  }),
  process: object(undefined, {
    pid: integer('Process id.'),
    node: text('Version of Node.js.'),
    sqlite: text('Version of SQLite.'),
    residentBytes: integer('Resident memory.'),
    eventLoopLagSeconds: object(undefined, { p50: number('Median.'), p99: number('99th percentile.') }),
  }),
});
