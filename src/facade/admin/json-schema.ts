/**
 * The part of JSON Schema that the admin API is described in, and a check of values against it.
 * One description serves both: what OpenAPI shows is what requests are held to.
 */

type JsonType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

/** A schema. An `object` allows no other properties than its own unless `additionalProperties` says so. */
export interface JsonSchema {
  /** Schemas with a title become components of the OpenAPI description. */
  readonly title?: string;
  readonly description?: string;
  readonly type: JsonType | readonly JsonType[];
  readonly enum?: readonly (string | number | null)[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Regular expression that a text matches. */
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  /** For readers only. */
  readonly format?: 'date-time';
  readonly default?: string | number | boolean;
}

type Details = Omit<JsonSchema, 'type' | 'description'>;

export function text(description: string, details: Details = {}): JsonSchema {
  return { type: 'string', description, ...details };
}

export function number(description: string, details: Details = {}): JsonSchema {
  return { type: 'number', description, ...details };
}

export function integer(description: string, details: Details = {}): JsonSchema {
  return { type: 'integer', description, ...details };
}

export function flag(description: string, details: Details = {}): JsonSchema {
  return { type: 'boolean', description, ...details };
}

export function time(description: string): JsonSchema {
  return text(`${description} ISO 8601, UTC.`, { format: 'date-time' });
}

export function list(items: JsonSchema, description: string): JsonSchema {
  return { type: 'array', description, items };
}

/** Values by free name. */
export function dictionary(values: JsonSchema, description: string): JsonSchema {
  return { type: 'object', description, additionalProperties: values };
}

/** An object whose properties are all there, except the named optional ones. */
export function object(
  title: string | undefined,
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  return {
    ...(title === undefined ? {} : { title }),
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

/** The same, or null. */
export function orNull(schema: JsonSchema): JsonSchema {
  return { ...schema, type: [...typesOf(schema), 'null'], ...(schema.enum ? { enum: [...schema.enum, null] } : {}) };
}

/** @returns every way in which the value differs, as `field: expected …, found …`; empty when it fits */
export function schemaProblems(schema: JsonSchema, value: unknown, field = 'body'): string[] {
  const found = typeOf(value);
  const types = typesOf(schema);
  if (!types.includes(found) && !(found === 'integer' && types.includes('number')))
    return [`${field}: expected ${types.join(' or ')}, found ${found}`];
  if (schema.enum !== undefined && !schema.enum.includes(value as string))
    return [`${field}: expected one of ${schema.enum.join(', ')}, found ${JSON.stringify(value)}`];
  if (typeof value === 'string') return textProblems(schema, value, field);
  if (typeof value === 'number') return numberProblems(schema, value, field);
  if (Array.isArray(value)) return listProblems(schema, value, field);
  if (typeof value === 'object' && value !== null)
    return objectProblems(schema, value as Record<string, unknown>, field);
  return [];
}

function typesOf({ type }: JsonSchema): readonly JsonType[] {
  return typeof type === 'string' ? [type] : type;
}

function typeOf(value: unknown): JsonType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value as 'object' | 'string' | 'boolean';
}

function textProblems({ minLength = 0, maxLength, pattern }: JsonSchema, value: string, field: string): string[] {
  if (value.trim().length < minLength) return [`${field}: expected ${minLength} characters or more that are not blank`];
  if (maxLength !== undefined && value.length > maxLength)
    return [`${field}: expected at most ${maxLength} characters, found ${value.length}`];
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value))
    return [`${field}: expected a text that matches ${pattern}`];
  return [];
}

function numberProblems(schema: JsonSchema, value: number, field: string): string[] {
  const { minimum, exclusiveMinimum, maximum } = schema;
  if (minimum !== undefined && value < minimum) return [`${field}: expected ${minimum} or more, found ${value}`];
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    return [`${field}: expected more than ${exclusiveMinimum}, found ${value}`];
  if (maximum !== undefined && value > maximum) return [`${field}: expected ${maximum} or less, found ${value}`];
  return [];
}

function listProblems({ items, maxItems }: JsonSchema, value: readonly unknown[], field: string): string[] {
  if (maxItems !== undefined && value.length > maxItems)
    return [`${field}: expected at most ${maxItems} items, found ${value.length}`];
  return items === undefined ? [] : value.flatMap((item, at) => schemaProblems(items, item, `${field}[${at}]`));
}

function objectProblems(schema: JsonSchema, value: Readonly<Record<string, unknown>>, field: string): string[] {
  const { properties = {}, required = [], additionalProperties = false } = schema;
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  const problems = missing.map((name) => `${field}.${name}: expected a value, found none`);
  for (const [name, part] of Object.entries(value)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (own !== undefined) problems.push(...schemaProblems(own, part, `${field}.${name}`));
    else if (additionalProperties === false)
      problems.push(`${field}.${name}: unknown field (expected ${Object.keys(properties).join(', ')})`);
    else if (additionalProperties !== true)
      problems.push(...schemaProblems(additionalProperties, part, `${field}.${name}`));
  }
  return problems;
}
