/** Fills a script's variables in: what goes into its environment, and into its text (assemblies-and-runs 6). Pure. */
import { textOf, trimmed } from '../../../legacy-bridge/values/python-text.js';
import {
  isTruthy,
  PythonFloat,
  type PythonObject,
  type PythonValue,
} from '../../../legacy-bridge/values/python-value.js';
import type { AssemblyVariable } from './assembly-document.js';

export interface FilledVariables {
  readonly environment: ReadonlyMap<string, string>;
  /** As agents are told them: the document's, those that were overridden with their value, and overrides of other names. */
  readonly variables: readonly PythonObject[];
  /** PowerShell literals by key. */
  readonly literals: ReadonlyMap<string, string>;
}

interface Setting {
  readonly name: string;
  readonly type: AssemblyVariable['type'];
  readonly value: PythonValue;
}

/** @param overrides by exact name, as `overridesOf` reads them */
export function fillVariables(declared: readonly AssemblyVariable[], overrides: PythonObject): FilledVariables {
  const names = new Set(declared.map(({ name }) => name));
  const extra = [...overrides].filter(([name]) => !names.has(name));
  const settings: readonly Setting[] = [
    ...declared.map(({ name, type, defaultValue }) => ({
      name,
      type,
      value: overrides.get(name) ?? (overrides.has(name) ? null : defaultValue),
    })),
    ...extra.map(([name, value]) => ({ name, type: 'string' as const, value })),
  ];
  const environment = new Map(settings.map(({ name, value }) => [keyOf(name), value === null ? '' : textOf(value)]));
  for (const { name } of settings) {
    const alias = plainName(name);
    if (!environment.has(alias)) environment.set(alias, environment.get(keyOf(name)) ?? '');
  }
  return {
    environment,
    variables: [
      ...declared.map((variable) => declaredObject(variable, overrides)),
      ...extra.map(
        ([name, value]) =>
          new Map<string, PythonValue>([
            ['name', name],
            ['value', value],
            ['type', 'string'],
          ]),
      ),
    ],
    literals: new Map(settings.map((setting) => [keyOf(setting.name), literalOf(setting)])),
  };
}

/** Names trimmed, blank ones dropped; anything but an object is no override. */
export function overridesOf(value: PythonValue | undefined): PythonObject {
  if (!(value instanceof Map)) return new Map();
  const named = [...(value as PythonObject)].map(([name, one]) => [trimmed(name), one] as const);
  return new Map(named.filter(([name]) => name !== ''));
}

const PLACE = /\$env:(?:\{([A-Za-z0-9_-]+)\}|([A-Za-z0-9_-]+))/gi;

/** `$env:NAME` and `$env:{NAME}` become literals; names that have none stay. */
export function substitute(script: string, literals: ReadonlyMap<string, string>): string {
  if (literals.size === 0) return script;
  return script.replace(
    PLACE,
    (place, braced?: string, bare?: string) => literals.get(keyOf(braced ?? bare ?? '')) ?? place,
  );
}

function keyOf(name: string): string {
  return plainName(name).toUpperCase();
}

function plainName(name: string): string {
  return trimmed(name).replace(/[^A-Za-z0-9_]/gu, '_');
}

function declaredObject(variable: AssemblyVariable, overrides: PythonObject): PythonObject {
  const { name, label, type, defaultValue, required, description } = variable;
  const object = new Map<string, PythonValue>([
    ['name', name],
    ['label', label],
    ['type', type],
    ['default', defaultValue],
    ['required', required],
    ['description', description],
  ]);
  const value = overrides.get(name);
  if (value !== undefined) object.set('value', value);
  return object;
}

function literalOf({ type, value }: Setting): string {
  if (type === 'boolean') return isYes(value) ? '$true' : '$false';
  if (type === 'number') return value === null || value === '' ? '0' : textOf(value);
  return `'${(value === null ? '' : textOf(value)).replaceAll("'", "''")}'`;
}

const NO_WORDS: ReadonlySet<string> = new Set(['', 'false', '0', 'no', 'n', 'off']);

function isYes(value: PythonValue): boolean {
  if (typeof value === 'boolean' || value === null || typeof value === 'bigint' || value instanceof PythonFloat)
    return isTruthy(value);
  return !NO_WORDS.has(trimmed(textOf(value)).toLowerCase());
}
