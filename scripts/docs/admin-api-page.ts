import { ADMIN_OPERATIONS, type AdminOperation, refusalsOf } from '../../src/facade/admin/admin-operations.js';
import type { JsonSchema } from '../../src/facade/admin/json-schema.js';
import { code, page, table } from './markdown.js';

export function adminApiPage(): string {
  const operations = Object.entries<AdminOperation>(ADMIN_OPERATIONS);
  const overview = operations.map(([, { method, path, summary, open, forMetrics }]) => [
    code(`${method.toUpperCase()} ${path}`),
    open === true ? 'no' : forMetrics === true ? 'yes, or that for metrics' : 'yes',
    summary,
  ]);
  return page(
    'Admin API',
    'Listens on `admin.host:admin.port` (127.0.0.1:9090), never on the public listener. All but health and the files of the [console](../operations/console.md) needs `Authorization: Bearer TOKEN`; the token is made on the first start and kept in `admin.token` of the state directory (mode 0600; a file that others can read is refused). A second one, in `metrics.token`, is good for `GET /metrics` and nothing else. Bodies and answers are JSON. Refusals are `{ error, reason, requestId }`, with `problems` where several things are wrong; codes: [errors.md](errors.md). The same in OpenAPI 3.1: `GET /openapi.json`.',
    "Browsers' requests from other sites' pages are refused by `Origin` and `Sec-Fetch-Site`, and so are `Host` names other than localhost and `admin.host` while that is a loopback address: scrape and probe by address. There are no cookies and no CORS headers.",
    `## Operations\n\n${table(['operation', 'token', 'what it does'], overview)}`,
    ...operations.map(([id, operation]) => describe(id, operation)),
  );
}

function describe(id: string, operation: AdminOperation): string {
  const { method, path, summary, params = {}, query = {}, body, answers, refusalsOf: part } = operation;
  const parts = [`## ${id}`, `\`${method.toUpperCase()} ${path}\`: ${summary}`];
  const parameters = [...fieldRows(params, Object.keys(params), 'path '), ...fieldRows(query, [], 'query ')];
  if (parameters.length > 0) parts.push(table(['parameter', 'type', 'meaning'], parameters));
  if (body?.properties !== undefined)
    parts.push(table(['body field', 'type', 'meaning'], fieldRows(body.properties, body.required ?? [], '')));
  for (const [status, { description, schema }] of Object.entries(answers)) {
    parts.push(`Answer ${status}: ${description}`);
    if (schema?.properties !== undefined)
      parts.push(table(['answer field', 'type', 'meaning'], fieldRows(schema.properties, schema.required ?? [], '')));
  }
  const own = refusalsOf(operation).map(code).join(', ');
  const others = part === undefined ? '' : `; and those of the ${part === 'table' ? 'migration table' : 'sockets'}`;
  return [...parts, `Refusals: ${own}${others}.`].join('\n\n');
}

function fieldRows(fields: Readonly<Record<string, JsonSchema>>, needed: readonly string[], place: string): string[][] {
  return Object.entries(fields).map(([name, schema]) => [
    place + code(name) + (needed.includes(name) ? '' : ' (optional)'),
    typeWords(schema),
    [
      schema.description ?? '',
      ...(schema.enum === undefined ? [] : [`One of ${schema.enum.map((one) => code(String(one))).join(', ')}.`]),
    ]
      .join(' ')
      .trim(),
  ]);
}

/** Nested objects are told by their field names; the OpenAPI description has all of it. */
function typeWords(schema: JsonSchema): string {
  const { type, items, properties, additionalProperties } = schema;
  const types = typeof type === 'string' ? [type] : type;
  return types
    .map((one) => {
      if (one === 'array') return items === undefined ? 'list' : `list of ${typeWords(items)}`;
      if (one !== 'object') return one === 'string' ? 'text' : one;
      if (properties !== undefined) return `{ ${Object.keys(properties).join(', ')} }`;
      return typeof additionalProperties === 'object' ? `map to ${typeWords(additionalProperties)}` : 'object';
    })
    .join(' or ');
}
