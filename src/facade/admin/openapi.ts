/** The OpenAPI 3.1 description of the admin API, made from its operations. Pure. */
import { ADMIN_ERRORS } from './admin-error.js';
import { ADMIN_OPERATIONS, type AdminOperation, refusalsOf } from './admin-operations.js';
import { problemSchema } from './admin-schemas.js';
import type { JsonSchema } from './json-schema.js';

type Json = Readonly<Record<string, unknown>>;

export function openApiDocument(version: string): Json {
  const components = new Map<string, Json>();
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, operation] of Object.entries<AdminOperation>(ADMIN_OPERATIONS)) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(id, operation, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Facade admin API',
      version,
      description: 'Watches and steers the facade. Served on the admin address only, never on the public listener.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'In admin.token of the state directory.' },
        metricsToken: { type: 'http', scheme: 'bearer', description: 'In metrics.token of the state directory.' },
      },
    },
  };
}

function describe(id: string, operation: AdminOperation, components: Map<string, Json>): Json {
  const { summary, open, forMetrics, params, query, body } = operation;
  const parameters = [...parametersOf('path', params, components), ...parametersOf('query', query, components)];
  return {
    operationId: id,
    summary,
    ...(open === true ? { security: [] } : {}),
    ...(forMetrics === true ? { security: [{ token: [] }, { metricsToken: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: hoist(body, components) } } } }),
    responses: responses(operation, components),
  };
}

function parametersOf(
  place: 'path' | 'query',
  schemas: Readonly<Record<string, JsonSchema>> | undefined,
  components: Map<string, Json>,
): Json[] {
  return Object.entries(schemas ?? {}).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path',
    description,
    schema: hoist(schema, components),
  }));
}

function responses(operation: AdminOperation, components: Map<string, Json>): Json {
  const found: Record<string, Json> = {};
  for (const [status, { description, schema, text }] of Object.entries(operation.answers)) {
    const content =
      text === undefined
        ? { 'application/json': { schema: schema === undefined ? {} : hoist(schema, components) } }
        : { [text]: { schema: { type: 'string' } } };
    found[status] = { description, content };
  }
  const refusal = { 'application/json': { schema: hoist(problemSchema, components) } };
  for (const [status, codes] of refusalsByStatus(operation)) {
    found[status] ??= {
      description: codes.map((code) => `\`${code}\`: ${ADMIN_ERRORS[code].reason}`).join('\n\n'),
      content: refusal,
    };
  }
  if (operation.refusalsOf !== undefined)
    found.default = {
      description: `A refusal of the ${operation.refusalsOf === 'table' ? 'migration table' : 'sockets'}, under its own code.`,
      content: refusal,
    };
  return found;
}

function refusalsByStatus(operation: AdminOperation): Map<number, (keyof typeof ADMIN_ERRORS)[]> {
  const byStatus = new Map<number, (keyof typeof ADMIN_ERRORS)[]>();
  for (const code of refusalsOf(operation)) {
    const { status } = ADMIN_ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

/** Puts schemas with a title among the components, and a reference in their place. */
function hoist(schema: JsonSchema, components: Map<string, Json>): Json {
  const { title, properties, items, additionalProperties, ...rest } = schema;
  const inner: Json = {
    ...rest,
    ...(properties === undefined ? {} : { properties: mapValues(properties, (part) => hoist(part, components)) }),
    ...(items === undefined ? {} : { items: hoist(items, components) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: hoist(additionalProperties, components) }
      : additionalProperties === undefined
        ? {}
        : { additionalProperties }),
  };
  if (title === undefined) return inner;
  const nullable = Array.isArray(schema.type) && schema.type.includes('null');
  components.set(title, nullable ? { ...inner, type: 'object' } : inner);
  const reference = { $ref: `#/components/schemas/${title}` };
  return nullable ? { anyOf: [reference, { type: 'null' }] } : reference;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
