/** From an HTTP request to what a handler takes: parameters and body held to the operation's schemas. Pure. */
import { AdminError } from './admin-error.js';
import type { AdminOperation } from './admin-operations.js';
import type { AdminCall } from './handlers/handler.js';
import { type JsonSchema, schemaProblems } from './json-schema.js';

/** @throws AdminError `request_invalid` with every problem */
export function readCall(
  operation: AdminOperation,
  request: { readonly params: unknown; readonly query: unknown; readonly body: unknown },
): Omit<AdminCall, 'signal'> {
  const problems: string[] = [];
  const params = readTexts(operation.params ?? {}, request.params, 'path', problems);
  const query = readTexts(operation.query ?? {}, request.query, 'query', problems);
  if (operation.body !== undefined) problems.push(...schemaProblems(operation.body, request.body));
  if (problems.length > 0) throw new AdminError('request_invalid', problems.join('; '), { problems });
  return { params, query, body: request.body };
}

function readTexts(
  schemas: Readonly<Record<string, JsonSchema>>,
  given: unknown,
  place: string,
  problems: string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(schemas)) if (schema.default !== undefined) values[name] = schema.default;
  for (const [name, written] of Object.entries(given as Record<string, unknown>)) {
    const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (schema === undefined) {
      problems.push(`${place}.${name}: unknown parameter (expected ${Object.keys(schemas).join(', ') || 'none'})`);
      continue;
    }
    values[name] = convert(schema, written);
    problems.push(...schemaProblems(schema, values[name], `${place}.${name}`));
  }
  return values;
}

/** Texts that don't read as the wanted type stay as they are, for the check to refuse. */
function convert({ type }: JsonSchema, written: unknown): unknown {
  if (type === 'integer' && typeof written === 'string' && /^\d{1,15}$/.test(written)) return Number(written);
  if (type === 'boolean' && (written === 'true' || written === 'false')) return written === 'true';
  return written;
}
