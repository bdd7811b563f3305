/** Reads single environment variables in the legacy's manner and collects what is wrong with them. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The environment as a plain record; an empty text counts as not set, except where said otherwise. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The legacy's words for yes (engine-facts 1.1). */
const YES: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on']);

export class VariableReader {
  readonly #env: Environment;
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: string): string | undefined {
    const value = this.#env[name];
    return value === undefined || value === '' ? undefined : value;
  }

  /** True iff the lower-cased value is one of `1 true yes on`. */
  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name);
    return value === undefined ? fallback : YES.has(value.trim().toLowerCase());
  }

  /** An absolute path; `~` means the home folder. */
  path(name: string): string | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : absolute(value);
  }

  /** A whole number; anything else becomes the default, as in the legacy, with a warning. */
  integer(name: string, fallback: number, range: { readonly least: number; readonly most: number }): number {
    const value = this.text(name)?.trim();
    if (value === undefined) return fallback;
    if (!/^[+-]?\d{1,15}$/.test(value)) {
      this.warnings.push(`${name} is not a whole number; ${fallback} is used`);
      return fallback;
    }
    return Math.min(Math.max(Number(value), range.least), range.most);
  }

  /**
   * One thing under two names, the legacy's and the earlier rewrite's: either may be set; set to different values is
   * refused, since the sides would then disagree.
   */
  oneOf(names: readonly [string, string], same: (value: string) => string = (value) => value): string | undefined {
    const [first, second] = names.map((name) => this.text(name));
    if (first !== undefined && second !== undefined && same(first) !== same(second))
      this.problems.push(`${names[0]} and ${names[1]} name the same thing: expected equal values, or only one of them`);
    return first ?? second;
  }
}

/** A path made absolute against the working directory; `~` means the home folder. */
export function absolute(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(path);
}

/** Parts of a comma list, trimmed, blanks dropped. */
export function commaList(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
