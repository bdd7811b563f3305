/** Environment variables that look like settings and are none. Told, not refused: platforms put variables of their own there. Pure. */
import { suggestion } from '../table/suggestion.js';
import { SETTINGS_SCHEMA } from './settings-schema.js';

const PREFIX = 'FACADE_';

/** @returns a sentence for each, with the setting that may be meant */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = variablesOf(SETTINGS_SCHEMA);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => `the variable ${name} is no setting${suggestion(name, known)}`);
}

function variablesOf(part: object): string[] {
  return Object.values(part).flatMap((value: unknown) => {
    if (typeof value !== 'object' || value === null) return [];
    return 'env' in value && typeof value.env === 'string' ? [value.env] : variablesOf(value);
  });
}
