/** Calls the admin API with the token of this tab. */

const TOKEN = 'facade-admin-token';
const NAME = 'facade-admin-name';
/** A facade that stands still must not look like one that answers. */
const READ_MS = 10_000;
/** A flip may have to wait for the engine. */
const ACT_MS = 60_000;

/** What the API refused, in its own words. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly problems: readonly string[];

  constructor(
    status: number,
    { error, reason, problems = [] }: { error: string; reason: string; problems?: readonly string[] },
  ) {
    super(reason);
    this.status = status;
    this.code = error;
    // The sentence says the only problem already.
    this.problems = problems.filter((problem) => problem !== reason);
  }
}

/** Nobody answered, or not in the API's form. */
export class Unanswered extends Error {}

/** The session storage is this tab's alone, and gone with it. */
export const signedIn = {
  token: (): string | null => sessionStorage.getItem(TOKEN),
  name: (): string | undefined => sessionStorage.getItem(NAME) ?? undefined,
  /** @param name empty for nobody: acts never go by the name of who was signed in before */
  keep(token: string, name: string): void {
    this.forget();
    sessionStorage.setItem(TOKEN, token);
    if (name !== '') sessionStorage.setItem(NAME, name);
  },
  forget(): void {
    sessionStorage.removeItem(TOKEN);
    sessionStorage.removeItem(NAME);
  },
};

export async function get<T>(path: string): Promise<T> {
  return call<T>(path, {}, READ_MS, 'The facade does not answer.');
}

/** Posts what changes nothing. */
export async function ask<T>(path: string, body: Readonly<Record<string, unknown>>): Promise<T> {
  return call<T>(path, posted(body), READ_MS, 'The facade does not answer.');
}

/** Posts what goes into the audit, with who asks. */
export async function act<T>(path: string, body: Readonly<Record<string, unknown>>): Promise<T> {
  const who = signedIn.name();
  const said = 'The facade did not answer, and may have done it all the same. See the history before you repeat it.';
  return call<T>(path, posted(who === undefined ? body : { ...body, who }), ACT_MS, said);
}

function posted(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function call<T>(path: string, init: RequestInit, patienceMs: number, unanswered: string): Promise<T> {
  const headers = { ...init.headers, authorization: `Bearer ${signedIn.token() ?? ''}` };
  const signal = AbortSignal.timeout(patienceMs);
  let answer: Response;
  let body: unknown;
  try {
    answer = await fetch(path, { ...init, headers, signal, cache: 'no-store', redirect: 'error' });
    body = await answer.json();
  } catch (cause) {
    throw new Unanswered(unanswered, { cause });
  }
  if (!answer.ok) throw new Refusal(answer.status, body as { error: string; reason: string });
  return body as T;
}

/** For calls whose failure is shown beside what did not fail. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
