/** What the admin API refuses, and how. One table; the code is the word in the log alike. */

/** What is known of one kind of refusal. */
export interface AdminErrorKind {
  readonly status: number;
  /** Default sentence; many refusals tell more. */
  readonly reason: string;
}

/** Refusals of the admin API itself. Those of the migration table and of sockets keep their own codes. */
export const ADMIN_ERRORS = {
  token_required: {
    status: 401,
    reason: 'Send the admin token as "Authorization: Bearer …"; it is in admin.token of the state directory.',
  },
  host_refused: {
    status: 403,
    reason: 'Host must be an address, localhost, or the name in admin.host: other names may be a DNS rebinding.',
  },
  cross_site_refused: { status: 403, reason: "Requests from other sites' pages are refused." },
  not_found: { status: 404, reason: 'The admin API has no such path; GET /openapi.json lists them.' },
  row_unknown: { status: 404, reason: 'The migration table has no such row.' },
  pair_unknown: { status: 404, reason: 'No such comparison is kept (any more).' },
  version_unknown: { status: 404, reason: 'No such version of the migration table is kept.' },
  drain_not_running: { status: 404, reason: 'No drain is running.' },
  gate_not_met: {
    status: 409,
    reason:
      'The row is not ready for its next stage; the problems say what is missing. See docs/operations/compare.md.',
  },
  replay_unavailable: {
    status: 409,
    reason: 'The engine takes dry runs only where the facade supervises it, and it is switched off or reached by URL.',
  },
  replay_running: {
    status: 409,
    reason: 'Another replay is running. It ends when its caller leaves, and after a minute at the latest.',
  },
  jobs_unavailable: {
    status: 503,
    reason:
      'Only an engine that the facade supervises can list the jobs with both readings, and it does not answer now.',
  },
  comparisons_unavailable: {
    status: 503,
    reason: "Comparisons can't be read from facade.db now (locked or broken).",
  },
  method_not_allowed: { status: 405, reason: 'This path is not served under this method.' },
  request_invalid: { status: 400, reason: 'The request does not have the expected form.' },
  body_too_large: { status: 413, reason: 'The body is larger than the admin API takes.' },
  content_type_refused: { status: 415, reason: 'Send JSON, with Content-Type: application/json.' },
  audit_write_failed: {
    status: 503,
    reason: 'The audit could not be written to facade.db (full, locked or broken), so it was not done.',
  },
  override_refused: {
    status: 409,
    reason: 'Requests of this row must not be sent to that side; the reason says why.',
  },
  hold_unknown: { status: 404, reason: 'The guard holds no such row or group back.' },
  guard_write_failed: {
    status: 503,
    reason: 'Audit or hold-down could not be written to facade.db (full, locked or broken), so the row stays held.',
  },
  admin_fault: {
    status: 500,
    reason: "The facade failed to handle the request; its log tells more under the request's id.",
  },
} as const satisfies Record<string, AdminErrorKind>;

export type AdminErrorCode = keyof typeof ADMIN_ERRORS;

/** A refusal on its way to the answer. */
export class AdminError extends Error {
  readonly code: AdminErrorCode;
  /** What is wrong, one line each; empty when the reason says it all. */
  readonly problems: readonly string[];

  constructor(
    code: AdminErrorCode,
    reason: string = ADMIN_ERRORS[code].reason,
    { problems = [], cause }: { readonly problems?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(reason, { cause });
    this.name = 'AdminError';
    this.code = code;
    this.problems = problems;
  }
}

/** The body of every refusal. */
export interface AdminProblem {
  readonly error: string;
  readonly reason: string;
  readonly requestId: string;
  /** Each thing that is wrong, where there are several. */
  readonly problems?: readonly string[];
}
