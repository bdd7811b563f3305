/** The settings as a flat list, for flags, help and the reference. */
import { SETTINGS_SCHEMA } from '../settings/settings-schema.js';

export interface SettingInfo {
  /** Place in the settings file, such as `listen.port`. */
  readonly path: string;
  readonly doc: string;
  /** Default as it would be written; empty for none. */
  readonly default: string;
  /** Allowed values, where they are few. */
  readonly choices: readonly string[];
  /** Environment variable. */
  readonly env: string;
  /** Flag of `facade start`, without the leading hyphens. */
  readonly flag: string;
  readonly boolean: boolean;
}

interface Leaf {
  readonly doc: string;
  readonly format: unknown;
  readonly default: unknown;
  readonly env: string;
  readonly arg: string;
}

/** In the order of the schema. */
export function listSettings(): readonly SettingInfo[] {
  return leaves(SETTINGS_SCHEMA, []);
}

function leaves(part: object, path: readonly string[]): SettingInfo[] {
  return Object.entries(part).flatMap(([name, value]: [string, object]) => {
    const at = [...path, name];
    return isLeaf(value) ? [describe(at.join('.'), value)] : leaves(value, at);
  });
}

function isLeaf(part: object): part is Leaf {
  return 'doc' in part && typeof part.doc === 'string';
}

function describe(path: string, { doc, format, default: usual, env, arg }: Leaf): SettingInfo {
  return {
    path,
    doc,
    default: Array.isArray(usual) ? usual.join(',') : String(usual),
    choices: Array.isArray(format) ? format.map(String) : [],
    env,
    flag: arg,
    boolean: format === Boolean,
  };
}
