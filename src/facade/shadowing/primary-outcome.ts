import type { SideOutcome } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import type { AnswerCapture } from './answer-capture.js';

/** What the side that answers the client did, or why it can't be compared: a client that left says nothing about a side. */
export function primaryOutcome(result: ForwardResult, capture: AnswerCapture): SideOutcome | DropReason {
  if (result.outcome === 'answered') {
    const answer = capture.answer();
    return typeof answer === 'string' ? answer : { outcome: 'answered', answer, ms: result.headMs };
  }
  const { code } = result.error;
  return code.startsWith('client_') ? 'client_gone' : { outcome: 'failed', code, ms: 0 };
}
