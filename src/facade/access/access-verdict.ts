/** What was found of one caller. `why` is for operators (explain, log): it holds no proof, and names no secret. */
export type AccessVerdict =
  | { readonly outcome: 'allowed'; readonly why: string }
  | { readonly outcome: 'denied'; readonly why: string }
  /** It can't be known now. */
  | { readonly outcome: 'unavailable'; readonly why: string };

export type AccessOutcome = AccessVerdict['outcome'];

/** The headers that may prove who calls, as Node gives them. */
export interface CallerHeaders {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}

/** Something that a verdict depends on can't be read. The message says what, for operators. */
export class AccessUnavailableError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'AccessUnavailableError';
  }
}
