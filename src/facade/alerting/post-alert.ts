/** One try to deliver one message. Knows nothing of queues or of trying again. */
import { readFile } from 'node:fs/promises';
import { type Dispatcher, request } from 'undici';
import type { AlertMessage } from './alert.js';
import type { WebhookTarget } from './webhook-target.js';

export type PostOutcome =
  | { readonly outcome: 'delivered' }
  /** `final`: trying again would not help. `afterMs`: what the receiver asks for. No reason holds the URL or the token. */
  | { readonly outcome: 'failed'; readonly reason: string; readonly final: boolean; readonly afterMs?: number };

export interface PostOptions {
  readonly dispatcher: Dispatcher;
  /** Longest wait for the whole answer, milliseconds. */
  readonly timeoutMs: number;
  /** Ends the try. */
  readonly signal: AbortSignal;
}

/** Statuses below 500 that pass by themselves (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4). */
const PASSING = new Set([408, 425, 429]);
const MOST_ANSWER_BYTES = 64 * 1024;

/** Never rejects. Redirects are not followed: a token must not go where nobody configured it to. */
export async function postAlert(
  { url, tokenFile }: WebhookTarget,
  message: AlertMessage,
  { dispatcher, timeoutMs, signal }: PostOptions,
): Promise<PostOutcome> {
  try {
    const authorization = tokenFile === undefined ? {} : { authorization: `Bearer ${await readToken(tokenFile)}` };
    const { statusCode, headers, body } = await request(url, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json', 'user-agent': 'borealis-facade', ...authorization },
      body: JSON.stringify(message),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await body.dump({ limit: MOST_ANSWER_BYTES });
    if (statusCode >= 200 && statusCode < 300) return { outcome: 'delivered' };
    const final = statusCode < 500 && !PASSING.has(statusCode);
    return { outcome: 'failed', reason: `status ${statusCode}`, final, ...wished(headers['retry-after']) };
  } catch (error) {
    return { outcome: 'failed', reason: reasonOf(error), final: false };
  }
}

/** Read for each try: whoever changes the file need not restart the facade. */
async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error('the token file can not be read or holds no token');
  return token;
}

/** RFC 9110 10.2.3; dates are left aside. */
function wished(header: string | string[] | undefined): { afterMs?: number } {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? { afterMs: Number(header) * 1000 } : {};
}

/** Codes where there are any: messages of the system may name the address, which may hold a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'no answer in time';
  if (error.name === 'AbortError') return 'the facade stops';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
