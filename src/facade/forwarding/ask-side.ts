/** Questions that the facade asks a side by itself (status, checks, the flip guard), over the connections that traffic takes. */
import type { SideTarget } from './side-target.js';

/** One question. No header but these goes with it: no `X-Forwarded-For` tells the engine that no client asks. */
export interface SideQuestion {
  readonly method: 'GET' | 'POST' | 'PUT' | 'OPTIONS';
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly authorization?: string;
  readonly cookie?: string;
  /** Longest wait for the whole answer, milliseconds. Default 5000. */
  readonly timeoutMs?: number;
  /** Longest body that is read. Default: any. */
  readonly mostBytes?: number;
}

export interface SideAnswer {
  readonly status: number;
  /** Header `Allow`; undefined when there is none. */
  readonly allow: string | undefined;
  readonly text: string;
}

const ANSWER_MS = 5000;

/** The answer is longer than `mostBytes`. What was left of it was not read. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';

  constructor(mostBytes: number) {
    super(`the answer has more than ${mostBytes} bytes`);
  }
}

/** @throws AnswerTooLongError, and when there is no whole answer in time; `reasonOf` puts it into words */
export async function askSide({ dispatcher, servername }: SideTarget, question: SideQuestion): Promise<SideAnswer> {
  const { method, path, json, authorization, cookie, timeoutMs = ANSWER_MS, mostBytes } = question;
  const { statusCode, headers, body } = await dispatcher.request({
    method,
    path,
    headers: {
      host: servername,
      ...(authorization === undefined ? {} : { authorization }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { allow } = headers;
  const text = mostBytes === undefined ? await body.text() : await boundedText(body, mostBytes);
  return { status: statusCode, allow: typeof allow === 'string' ? allow : allow?.join(', '), text };
}

/** Leaving the loop ends the connection. */
async function boundedText(body: AsyncIterable<Buffer>, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > mostBytes) throw new AnswerTooLongError(mostBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Why a side could not be asked, in the system's own words, which name address and cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return error.message === '' ? (code ?? error.name) : error.message;
}
