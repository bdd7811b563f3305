import { ACCESS_ANSWERS } from '../../src/facade/access/access-answer.js';
import { ADMIN_ERRORS } from '../../src/facade/admin/admin-error.js';
import { SOCKET_STATUS, TABLE_STATUS } from '../../src/facade/admin/admin-refusal.js';
import { DROP_REASONS } from '../../src/facade/comparing/drop-reason.js';
import { SIDE_ERROR_CODES } from '../../src/facade/forwarding/forward-error.js';
import { REFUSALS } from '../../src/facade/listener/refusal.js';
import { SOCKET_REFUSALS } from '../../src/facade/sockets/socket-error.js';
import { STORE_ERROR_CODES } from '../../src/facade/store/store-error.js';
import { TABLE_ERROR_CODES } from '../../src/facade/table/table-error.js';
import { PATH_REFUSALS } from '../../src/legacy-bridge/url-map/path-safety.js';
import { code, page, table } from './markdown.js';

export function errorsPage(): string {
  return page(
    'Errors',
    'A code is the `error` of an answer, the word in the log, and the label in metrics. Answers of the facade itself are `{ error, reason, requestId }`; it never answers a client 401, redirects it or sets it a cookie, since agents lose their tokens over the first and break over the others.',
    `## Requests that are refused before a row is looked for\n\n${statusTable(REFUSALS)}`,
    `## Why a path is ambiguous\n\nTold by \`facade explain\`; clients get \`path_ambiguous\`.\n\n${wordTable(PATH_REFUSALS)}`,
    `## Callers that a row does not let in\n\nOf rows with an access; see [migration-table.md](migration-table.md). No side was asked.\n\n${statusTable(ACCESS_ANSWERS)}`,
    `## A side could not answer\n\n499 is never sent; it stands in logs and metrics for clients that left. \`engine_breaker_open\` (503): the row's breaker keeps requests from the engine, and the row has no fallback.\n\n${forwardTable()}`,
    `## Sampled requests that were not compared\n\nReasons in \`facade_comparison_drops_total\` and in the evidence. No client ever hears of one.\n\n${wordTable(DROP_REASONS)}`,
    `## Sockets\n\nRefused handshakes and polls; failures of a side have the codes above.\n\n${statusTable(SOCKET_REFUSALS)}`,
    `## Migration table\n\nOf \`facade flip\`, \`facade rollback\` and the start. Statuses are those of the admin API.\n\n${tableCodes()}`,
    `## Admin API\n\n${statusTable(ADMIN_ERRORS)}\n\n${socketCodes()}`,
    `## Start\n\n${wordTable(STORE_ERROR_CODES)}`,
  );
}

function statusTable(codes: Readonly<Record<string, { readonly status: number; readonly reason: string }>>): string {
  const rows = Object.entries(codes).map(([name, { status, reason }]) => [code(name), String(status), reason]);
  return table(['code', 'status', 'meaning'], rows);
}

function wordTable(codes: Readonly<Record<string, string>>): string {
  return table(
    ['code', 'meaning'],
    Object.entries(codes).map(([name, meaning]) => [code(name), meaning]),
  );
}

function forwardTable(): string {
  const rows = Object.entries(SIDE_ERROR_CODES).map(([name, { stage, status, countsForBreaker, reason }]) => [
    code(name),
    stage,
    String(status),
    countsForBreaker ? 'yes' : 'no',
    reason,
  ]);
  return table(['code', 'where', 'status', 'counts for the breaker', 'public reason'], rows);
}

function tableCodes(): string {
  const rows = Object.entries(TABLE_ERROR_CODES).map(([name, meaning]) => [
    code(name),
    String(TABLE_STATUS[name as keyof typeof TABLE_STATUS]),
    meaning,
  ]);
  return table(['code', 'status', 'meaning'], rows);
}

function socketCodes(): string {
  const rows = Object.entries(SOCKET_STATUS).map(([name, status]) => [code(name), String(status)]);
  return `Of drains, besides:\n\n${table(['code', 'status'], rows)}`;
}
