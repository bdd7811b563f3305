/** What the environment says of the secret that seals sessions and operator tokens on both sides (operators 2). */
import { integerOf } from '../values/python-int.js';

/** The secret that the legacy uses when none is set; everyone can read it. */
export const LEGACY_DEFAULT_SECRET = 'borealis-dev-secret';
/** 30 days. */
export const DEFAULT_TOKEN_TTL_SECONDS = 2_592_000;

export interface OperatorSecret {
  readonly secret: string;
  /** No secret is set. */
  readonly isDefault: boolean;
  /** How long operator tokens live; undefined when the setting is no number: then, as in the legacy, no token is accepted. */
  readonly tokenTtlSeconds: number | undefined;
  /** Why a process must not start with these settings; each names its variable. */
  readonly problems: readonly string[];
  /** What an operator must be told. */
  readonly warnings: readonly string[];
}

/** The legacy's name, and that of the earlier rewrite. */
const NAMES = ['BOREALIS_SECRET', 'BOREALIS_FLASK_SECRET_KEY'] as const;
const TTL_NAME = 'BOREALIS_TOKEN_TTL_SECONDS';

/** @param env the process's environment */
export function readOperatorSecret(env: Readonly<Record<string, string | undefined>>): OperatorSecret {
  const problems: string[] = [];
  const warnings: string[] = [];
  const [first, second] = NAMES.map((name) => env[name]);
  // Set but empty, the legacy cannot write sessions, and seals its tokens with the default that everyone knows.
  for (const name of NAMES)
    if (env[name] === '') problems.push(`${name} is set but empty: expected a secret, or the variable unset`);
  if (first !== undefined && second !== undefined && first !== second)
    problems.push(`${NAMES[0]} and ${NAMES[1]} name the same thing: expected equal values, or only one of them`);
  const secret = first || second || undefined;
  if (secret === undefined)
    warnings.push(
      `${NAMES[0]} is not set: sessions and operator tokens are sealed with the publicly known default of the legacy, so anyone can make himself an admin; set the same secret for both sides`,
    );
  const tokenTtlSeconds = tokenTtl(env[TTL_NAME]);
  if (tokenTtlSeconds === undefined)
    warnings.push(`${TTL_NAME} is not a whole number: no operator token is accepted, as in the legacy`);
  return {
    secret: secret ?? LEGACY_DEFAULT_SECRET,
    isDefault: secret === undefined,
    tokenTtlSeconds,
    problems,
    warnings,
  };
}

function tokenTtl(text: string | undefined): number | undefined {
  if (text === undefined) return DEFAULT_TOKEN_TTL_SECONDS;
  const seconds = integerOf(text);
  return seconds === undefined ? undefined : Number(seconds);
}
