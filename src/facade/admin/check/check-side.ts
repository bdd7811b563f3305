/** Whether a side answers, over the very connection that traffic takes. */
import type { SideTarget } from '../../forwarding/side-target.js';
import { type CheckFinding, ok, problem, warning } from './check-report.js';

const ANSWER_MS = 5000;

/** @param where how messages name the side's address */
export async function checkSide(target: SideTarget, where: string): Promise<CheckFinding> {
  const { side } = target;
  try {
    const status = await ask(target, 'GET', '/health').then((answer) => answer.status);
    if (status < 500) return ok(side, `${where} answers (GET /health: ${status})`);
    return warning(side, `${where} answers GET /health with ${status}`, 'Look into its own log.');
  } catch (error) {
    return problem(side, `${where} can't be reached: ${reasonOf(error)}`, hintFor(side, error));
  }
}

/** One request without a body. The answer's body is read and dropped. */
export async function ask(
  { dispatcher, servername }: SideTarget,
  method: 'GET' | 'OPTIONS',
  path: string,
): Promise<{ readonly status: number; readonly allow: string | undefined; readonly location: string | undefined }> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const options = {
    method,
    path,
    signal,
    headers: { host: servername ?? 'localhost' },
    ...(servername === undefined ? {} : { servername }),
  };
  const { statusCode, headers, body } = await dispatcher.request(options);
  await body.dump();
  return { status: statusCode, allow: first(headers.allow), location: first(headers.location) };
}

function first(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(', ');
}

/** The system's own words, which name address and cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${ANSWER_MS} ms`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.message === '' ? (code ?? error.name) : error.message;
}

function hintFor(side: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(code))
    return `Set ${side}.ca and ${side}.serverName, or ${side}.pin, to fit its certificate.`;
  return side === 'legacy'
    ? 'Is the legacy running, and is legacy.url right?'
    : 'Look for "engine" in the facade\'s log; until it is back, rows fall back to the legacy.';
}
