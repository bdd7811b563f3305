/** What one look at keys and tokens found. The message is a clause, so that it reads in a refusal too. */
export interface TokenFinding {
  /** `problem`: somebody would be signed out, or lose his tokens. `warning`: it could not be found out. */
  readonly level: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do; null when nothing has to be done. */
  readonly hint: string | null;
}

export function fine(message: string): TokenFinding {
  return { level: 'ok', message, hint: null };
}

export function unknown(message: string, hint: string): TokenFinding {
  return { level: 'warning', message, hint };
}

export function wrong(message: string, hint: string): TokenFinding {
  return { level: 'problem', message, hint };
}
