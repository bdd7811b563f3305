/** Turns what a handler threw into an answer: known refusals with their words, everything else as a fault without any. */
import { SocketError, type SocketErrorCode } from '../sockets/socket-error.js';
import { formatProblem, TableError, type TableErrorCode } from '../table/table-error.js';
import { ADMIN_ERRORS, AdminError, type AdminProblem } from './admin-error.js';

export interface AdminRefusal {
  readonly status: number;
  readonly problem: AdminProblem;
  /** The error was none of the known ones. */
  readonly fault: boolean;
}

export function refusalOf(error: unknown, requestId: string): AdminRefusal {
  if (error instanceof AdminError) {
    const { code, message, problems } = error;
    return {
      status: ADMIN_ERRORS[code].status,
      problem: problemBody(code, message, requestId, problems),
      fault: false,
    };
  }
  if (error instanceof SocketError) {
    const status = SOCKET_STATUS[error.code];
    return { status, problem: problemBody(error.code, error.message, requestId), fault: false };
  }
  if (error instanceof TableError) {
    const [sentence = ''] = error.message.split('\n');
    const problem = problemBody(error.code, sentence, requestId, error.problems.map(formatProblem));
    return { status: TABLE_STATUS[error.code], problem, fault: false };
  }
  const { status, reason } = ADMIN_ERRORS.admin_fault;
  return { status, problem: problemBody('admin_fault', reason, requestId), fault: true };
}

function problemBody(error: string, reason: string, requestId: string, problems: readonly string[] = []): AdminProblem {
  return problems.length > 0 ? { error, reason, requestId, problems } : { error, reason, requestId };
}

/** 400: the request by itself; 404: no such thing; 409: the table as it is does not allow it; 503: could not be done now. */
export const TABLE_STATUS: Readonly<Record<TableErrorCode, number>> = {
  table_invalid: 409,
  table_unreadable: 503,
  table_rejected: 409,
  table_changing: 503,
  table_moved: 409,
  table_write_failed: 503,
  history_write_failed: 503,
  table_closed: 503,
  unknown_target: 404,
  unknown_job: 404,
  in_group: 409,
  stage_unknown: 400,
  stage_unavailable: 409,
  percent_required: 400,
  percent_invalid: 400,
  percent_unexpected: 400,
  by_invalid: 400,
  requires_unmet: 409,
  engine_not_fit: 409,
  held_down: 409,
  access_unknown: 400,
  rule_expired: 400,
  nothing_to_change: 409,
  why_required: 400,
  who_required: 400,
  unknown_version: 404,
  edit_impossible: 409,
};

/** 409: a drain is running; 400: the request by itself. */
export const SOCKET_STATUS: Readonly<Record<SocketErrorCode, number>> = {
  drain_running: 409,
  drain_rate_invalid: 400,
  drain_side_invalid: 400,
  drain_why_missing: 400,
};
