/**
 * Every operation of the admin API, as data: the server, the OpenAPI description and the reference are made from this,
 * so none can say what another does not do.
 */
import { SIDES } from '../side.js';
import type { AdminErrorCode } from './admin-error.js';
import * as schemas from './admin-schemas.js';
import { COMPARISON_OPERATIONS } from './comparison-operations.js';
import { jobsSchema } from './job-schemas.js';
import { flag, integer, type JsonSchema, text } from './json-schema.js';
import * as socketSchemas from './socket-schemas.js';

export interface AdminOperation {
  readonly method: 'get' | 'post' | 'delete';
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly summary: string;
  /** Answered without a token; such answers tell nothing. */
  readonly open?: true;
  /** Answered with the token for metrics too, which is good for nothing else. */
  readonly forMetrics?: true;
  readonly params?: Readonly<Record<string, JsonSchema>>;
  /** Query parameters; none is needed. */
  readonly query?: Readonly<Record<string, JsonSchema>>;
  readonly body?: JsonSchema;
  /** Answers by status, besides refusals. `text`: not JSON, but this media type. */
  readonly answers: Readonly<
    Record<number, { readonly description: string; readonly schema?: JsonSchema; readonly text?: string }>
  >;
  /** Refusals of its own, besides those that every operation has. */
  readonly refusals?: readonly AdminErrorCode[];
  /** Also gives the refusals of the migration table or of sockets, under their own codes. */
  readonly refusalsOf?: 'table' | 'sockets';
}

const limit = (most: number, usual: number) =>
  integer(`Most entries to give. Default ${usual}.`, { minimum: 1, maximum: most, default: usual });

export const ADMIN_OPERATIONS = {
  getLive: {
    method: 'get',
    path: '/health/live',
    summary: 'The process runs.',
    open: true,
    answers: { 200: { description: 'It does.', schema: schemas.healthSchema } },
  },
  getReady: {
    method: 'get',
    path: '/health/ready',
    summary: 'The facade takes traffic.',
    open: true,
    answers: {
      200: { description: 'It does.', schema: schemas.healthSchema },
      503: { description: 'Not yet, or not any more.', schema: schemas.healthSchema },
    },
  },
  getStatus: {
    method: 'get',
    path: '/status',
    summary: 'How the facade, both sides, table, certificate and sockets are.',
    answers: { 200: { description: 'The state of things.', schema: schemas.statusSchema } },
  },
  listRoutes: {
    method: 'get',
    path: '/routes',
    summary: 'The migration table in force.',
    answers: { 200: { description: 'Rows, groups, sockets, background tasks.', schema: schemas.routesSchema } },
  },
  getRoute: {
    method: 'get',
    path: '/routes/{id}',
    summary: 'One row.',
    params: { id: text('Id of the row, or `default`.') },
    answers: { 200: { description: 'The row.', schema: schemas.rowSchema } },
    refusals: ['row_unknown'],
  },
  explain: {
    method: 'post',
    path: '/explain',
    summary: 'Who would answer a request, and why. Sends and changes nothing.',
    body: schemas.explainBodySchema,
    answers: { 200: { description: 'The decision.', schema: schemas.explanationSchema } },
  },
  explainEvent: {
    method: 'post',
    path: '/explain/event',
    summary: 'Who would handle a Socket.IO event, and why. Sends and changes nothing.',
    body: socketSchemas.explainEventBodySchema,
    answers: { 200: { description: 'The decision.', schema: socketSchemas.eventExplanationSchema } },
  },
  flip: {
    method: 'post',
    path: '/flip',
    summary:
      'Moves a row, an event, a group, the sockets or the default row to a stage, or gives a task or a job to a side.',
    body: schemas.flipBodySchema,
    answers: { 200: { description: 'The new version; it is in force.', schema: schemas.madeVersionSchema } },
    refusals: ['gate_not_met', 'comparisons_unavailable', 'audit_write_failed'],
    refusalsOf: 'table',
  },
  makeOverride: {
    method: 'post',
    path: '/override',
    summary:
      'Signs a header with which requests of a row go to a side, whatever its stage, for a while. Moves nothing.',
    body: schemas.overrideBodySchema,
    answers: { 200: { description: 'The header, and what to mind.', schema: schemas.overrideSchema } },
    refusals: ['row_unknown', 'override_refused', 'audit_write_failed'],
  },
  previewFlip: {
    method: 'post',
    path: '/flip/preview',
    summary: 'What a flip would change. Changes nothing.',
    body: schemas.flipBodySchema,
    answers: { 200: { description: 'The changes.', schema: schemas.previewSchema } },
    refusalsOf: 'table',
  },
  rollback: {
    method: 'post',
    path: '/rollback',
    summary: 'Restores an earlier version of the table, as a new version.',
    body: schemas.rollbackBodySchema,
    answers: { 200: { description: 'The new version; it is in force.', schema: schemas.madeVersionSchema } },
    refusalsOf: 'table',
  },
  setAccess: {
    method: 'post',
    path: '/access',
    summary: 'Says whom a row lets in, or which profile is in force.',
    body: schemas.accessBodySchema,
    answers: { 200: { description: 'The new version; it is in force.', schema: schemas.madeVersionSchema } },
    refusalsOf: 'table',
  },
  getVersion: {
    method: 'get',
    path: '/versions/{version}',
    summary: 'One kept version of the table: who, when, why, and the difference to the one before.',
    params: { version: integer('Number of the version.', { minimum: 1 }) },
    answers: { 200: { description: 'The version.', schema: schemas.versionSchema } },
    refusals: ['version_unknown'],
  },
  listAudit: {
    method: 'get',
    path: '/audit',
    summary: 'What was done, by whom, and why.',
    query: { limit: limit(1000, 50) },
    answers: { 200: { description: 'Entries, newest first.', schema: schemas.auditSchema } },
  },
  getGuard: {
    method: 'get',
    path: '/guard',
    summary: 'What the guard has counted of the rows that it watches, and the rows that it moved back and holds there.',
    answers: { 200: { description: 'Watched rows and hold-downs.', schema: schemas.guardSchema } },
  },
  releaseGuard: {
    method: 'post',
    path: '/guard/release',
    summary: 'Ends a hold-down before its time, so that the row may move forward again. Moves nothing.',
    body: schemas.releaseBodySchema,
    answers: { 200: { description: 'The hold-down that was ended.', schema: schemas.holdSchema } },
    refusals: ['hold_unknown', 'guard_write_failed'],
  },
  listSockets: {
    method: 'get',
    path: '/sockets',
    summary: 'Open sockets, what became of events of bridged ones, and the running or last drain.',
    query: { side: text('Only those of this side.', { enum: SIDES }), limit: limit(10_000, 100) },
    answers: { 200: { description: 'Counts, events, drain, sockets.', schema: socketSchemas.socketsSchema } },
  },
  startDrain: {
    method: 'post',
    path: '/sockets/drain',
    summary: 'Closes the open sockets of a side at a rate, so that their clients connect anew.',
    body: socketSchemas.drainBodySchema,
    answers: { 202: { description: 'The drain runs.', schema: socketSchemas.drainSchema } },
    refusals: ['audit_write_failed'],
    refusalsOf: 'sockets',
  },
  cancelDrain: {
    method: 'delete',
    path: '/sockets/drain',
    summary: 'Ends the running drain; sockets that are still open stay.',
    query: { who: text('Who asks, for the audit.', { minLength: 1, maxLength: 100, pattern: '^\\P{Cc}*$' }) },
    answers: { 200: { description: 'The cancelled drain.', schema: socketSchemas.drainSchema } },
    refusals: ['drain_not_running'],
  },
  listJobs: {
    method: 'get',
    path: '/jobs',
    summary: 'Scheduled jobs: who runs them, when they run next by both readings, what became of the last run.',
    query: {
      after: integer('Only ids above this one.', { minimum: 0, default: 0 }),
      limit: limit(1000, 100),
    },
    answers: { 200: { description: 'One page of the jobs, and how the schedulers are.', schema: jobsSchema } },
    refusals: ['jobs_unavailable'],
  },
  ...COMPARISON_OPERATIONS,
  check: {
    method: 'get',
    path: '/check',
    summary: 'Looks at table, access, sides, certificate and state directory, as the facade sees them.',
    query: {
      tokens: flag('Also try tokens: each side mints, the other verifies; and compare their files.', {
        default: false,
      }),
      paths: flag('Also compare odd paths: OPTIONS requests to the legacy against the matcher.', { default: false }),
    },
    answers: { 200: { description: 'The findings, problems or not.', schema: schemas.checkSchema } },
  },
  getMetrics: {
    method: 'get',
    path: '/metrics',
    summary: 'Prometheus metrics.',
    forMetrics: true,
    answers: { 200: { description: 'Text exposition format.', text: 'text/plain' } },
  },
  getOpenApi: {
    method: 'get',
    path: '/openapi.json',
    summary: 'This description.',
    answers: {
      200: {
        description: 'OpenAPI 3.1.',
        schema: { type: 'object', additionalProperties: true },
      },
    },
  },
} as const satisfies Record<string, AdminOperation>;

export type AdminOperationId = keyof typeof ADMIN_OPERATIONS;

/** Refusals that every operation has; the first not where `open`. */
const COMMON_REFUSALS = [
  'token_required',
  'host_refused',
  'cross_site_refused',
  'admin_fault',
] as const satisfies readonly AdminErrorCode[];

/** Refusals of every operation with a body, or with parameters. */
const BODY_REFUSALS = [
  'request_invalid',
  'body_too_large',
  'content_type_refused',
] as const satisfies readonly AdminErrorCode[];

/** @returns the operation's refusals by code, without those of table and sockets */
export function refusalsOf(operation: AdminOperation): readonly AdminErrorCode[] {
  const common = COMMON_REFUSALS.filter((code) => operation.open !== true || code !== 'token_required');
  const body = operation.body === undefined ? [] : BODY_REFUSALS;
  const query = operation.query === undefined && operation.params === undefined ? [] : ['request_invalid' as const];
  return [...new Set([...common, ...body, ...query, ...(operation.refusals ?? [])])];
}
