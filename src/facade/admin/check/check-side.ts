/** Whether a side answers, over the very connection that traffic takes. */
import { askSide, reasonOf } from '../../forwarding/ask-side.js';
import type { SideTarget } from '../../forwarding/side-target.js';
import { type CheckFinding, ok, problem, warning } from './check-report.js';

/** @param where how messages name the side's address */
export async function checkSide(target: SideTarget, where: string): Promise<CheckFinding> {
  const { side } = target;
  try {
    const { status } = await askSide(target, { method: 'GET', path: '/health' });
    if (status < 500) return ok(side, `${where} answers (GET /health: ${status})`);
    return warning(side, `${where} answers GET /health with ${status}`, 'Look into its own log.');
  } catch (error) {
    return problem(side, `${where} can't be reached: ${reasonOf(error)}`, hintFor(side, error));
  }
}

function hintFor(side: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(code))
    return `Set ${side}.ca and ${side}.serverName, or ${side}.pin, to fit its certificate.`;
  return side === 'legacy'
    ? 'Is the legacy running, and is legacy.url right?'
    : 'Look for "engine" in the facade\'s log; until it is back, rows fall back to the legacy.';
}
