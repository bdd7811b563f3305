/** What one forwarded request tells about the side that was asked. Pure. */
import type { SideFailure } from '../forwarding/forward-error.js';
import type { ForwardResult } from '../forwarding/forward-result.js';

/**
 * - `answered`: an answer below 500, to its end
 * - `error`: an answer of class 5xx, or none that was whole
 * - `timeout`: the side took too long
 * - `unreachable`: the side could not be dialled
 * - `nothing`: the client's doing, or a side that is switched off: counts nowhere
 */
export type RequestOutcome = 'answered' | 'error' | 'timeout' | 'unreachable' | 'nothing';

const OF_FAILURE: Readonly<Record<SideFailure, RequestOutcome>> = {
  // By an operator, or since the facade stops: nobody misbehaves.
  unavailable: 'nothing',
  connect_failed: 'unreachable',
  connect_timeout: 'unreachable',
  certificate_refused: 'unreachable',
  // All connections were busy for as long as a request may wait: what a side that hangs looks like.
  queue_timeout: 'timeout',
  head_timeout: 'timeout',
  answer_stalled: 'timeout',
  closed_early: 'error',
  bad_answer: 'error',
  answer_cut: 'error',
};

export function outcomeOf(result: ForwardResult): RequestOutcome {
  if (result.outcome === 'answered') return result.status >= 500 ? 'error' : 'answered';
  const { code, side } = result.error;
  const failure = code.startsWith(`${side}_`) ? code.slice(side.length + 1) : undefined;
  return failure === undefined ? 'nothing' : OF_FAILURE[failure as SideFailure];
}
