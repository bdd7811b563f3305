/** Reads the settings: defaults, then the YAML file, then the environment, then flags; the last one that names a value wins. */
import { existsSync } from 'node:fs';
import convict from 'convict';
import { parse as parseYaml } from 'yaml';
import { suggestion } from '../table/suggestion.js';
import { checkSettings } from './check-settings.js';
import type { FacadeSettings } from './settings.js';
import { SettingsError } from './settings-error.js';
import { SETTINGS_SCHEMA } from './settings-schema.js';

/** Where settings are looked for when no `--config` names a file. */
export const DEFAULT_SETTINGS_FILE = 'config/facade.yaml';

convict.addParser({ extension: ['yaml', 'yml'], parse: (text: string) => parseYaml(text) ?? {} });

export interface SettingsSources {
  /** The settings file. Undefined: `config/facade.yaml` when there is one. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Flags as typed, such as `['--listen-port', '8443']`. Flags that no setting has are left alone. */
  readonly args: readonly string[];
}

/**
 * @returns the settings, frozen. Paths in them are as written: relative ones count from the working directory.
 * @throws SettingsError with every problem: unknown fields, wrong types, contradictions
 */
export function loadSettings({ file, env, args }: SettingsSources): FacadeSettings {
  const config = convict(SETTINGS_SCHEMA, { env: { ...env }, args: [...args] });
  const from = file ?? DEFAULT_SETTINGS_FILE;
  if (file !== undefined || existsSync(from)) loadFile(config, from);
  try {
    config.validate({ allowed: 'strict' });
  } catch (error) {
    throw new SettingsError(
      messageOf(error)
        .split('\n')
        .filter(Boolean)
        .map((line) => `${from}, environment or flags: ${inOwnWords(line.trim())}`),
    );
  }
  const settings = deepFreeze(config.getProperties() as unknown as FacadeSettings);
  const problems = checkSettings(settings);
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function loadFile(config: { loadFile(file: string): unknown }, file: string): void {
  try {
    config.loadFile(file);
  } catch (error) {
    // YAML's messages show the place in further lines.
    const [first = ''] = messageOf(error).split('\n');
    throw new SettingsError([`${file}: ${first.replace(/:$/, '')}`]);
  }
}

/** Convict's problems as the other ones are told: the field, what was expected, what was found. */
function inOwnWords(problem: string): string {
  const [, unknown] = /^configuration param '(.+)' not declared in the schema$/.exec(problem) ?? [];
  if (unknown !== undefined) return `${unknown}: no such setting${suggestion(unknown, settingNames())}`;
  const [, field, words = '', found] =
    /^(.+): must be one of the possible values: \[(.*)\]: value was (.*)$/.exec(problem) ?? [];
  if (field === undefined) return problem;
  return `${field}: expected one of ${words.replaceAll('"', '').replaceAll(',', ', ')} (found ${found})`;
}

function settingNames(): string[] {
  const names = (part: object, before: string): string[] =>
    Object.entries(part).flatMap(([name, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? names(value, `${before}${name}.`)
        : [`${before}${name}`],
    );
  return names(convict(SETTINGS_SCHEMA, { env: {}, args: [] }).getProperties(), '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
