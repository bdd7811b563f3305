/** One question of the guard's to a side, outside of any client's request. */
import type { SideTarget } from '../forwarding/side-target.js';

const ANSWER_MS = 5000;

/**
 * @returns the status, and the JSON object of the answer; `{}` when it holds none
 * @throws when there is no answer within 5 s
 */
export async function askSide(
  { dispatcher, servername }: SideTarget,
  method: 'GET' | 'POST',
  path: string,
  authorization?: string,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { statusCode, body } = await dispatcher.request({
    method,
    path,
    headers: { host: servername ?? 'localhost', ...(authorization === undefined ? {} : { authorization }) },
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const text = await body.text();
  return { status: statusCode, body: text.startsWith('{') ? JSON.parse(text) : {} };
}

/** What went wrong, in the system's words. */
export function failure(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
