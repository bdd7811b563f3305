/** Calls the admin API with the token of this tab. */

const TOKEN = 'facade-admin-token';
const NAME = 'facade-admin-name';

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

/** The session storage is this tab's alone, and gone with it. */
export const signedIn = {
  token: (): string | null => sessionStorage.getItem(TOKEN),
  name: (): string | undefined => sessionStorage.getItem(NAME) ?? undefined,
  keep(token: string, name: string): void {
    sessionStorage.setItem(TOKEN, token);
    if (name !== '') sessionStorage.setItem(NAME, name);
  },
  forget: (): void => sessionStorage.removeItem(TOKEN),
};

export async function get<T>(path: string, token = signedIn.token()): Promise<T> {
  return call<T>(path, { headers: { authorization: `Bearer ${token ?? ''}` } });
}

export async function post<T>(path: string, body: Readonly<Record<string, unknown>>): Promise<T> {
  return call<T>(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${signedIn.token() ?? ''}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Posts what goes into the audit, with who asks. */
export async function act<T>(path: string, body: Readonly<Record<string, unknown>>): Promise<T> {
  const who = signedIn.name();
  return post<T>(path, who === undefined ? body : { ...body, who });
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const answer = await fetch(path, { ...init, cache: 'no-store', redirect: 'error' });
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Refusal(answer.status, body as { error: string; reason: string });
  return body as T;
}

/** For calls whose failure is shown beside what did not fail. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
