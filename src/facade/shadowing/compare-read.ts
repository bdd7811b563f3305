/** Comparing a read: both sides are asked at once, the client gets the one answer without waiting for the other. */
import type { Answered } from '../comparing/comparer.js';
import type { CopyPlan } from '../decision/decision.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import { AnswerCapture } from './answer-capture.js';
import { askEngine, askLegacy, type Beside } from './ask-beside.js';
import { comparedRequest } from './compared-request.js';
import { primaryOutcome } from './primary-outcome.js';
import {
  buildAsked,
  type Companion,
  compareLater,
  drop,
  type ShadowParts,
  type Subject,
  unattended,
} from './shadow-parts.js';

const NO_BODY = Buffer.alloc(0);

/** @param again the legacy is asked a second time, to learn in what it disagrees with itself */
export function compareRead(parts: ShadowParts, subject: Subject, { to }: CopyPlan, again: boolean): Companion {
  const at = parts.wallClock();
  const mark = parts.ledger.mark();
  const buildBefore = parts.comparing.engineBuild();
  const capture = new AnswerCapture(parts.settings.maxBodyBytes, parts.budget);
  const copy = to === 'engine' ? askEngine(parts, subject) : askLegacy(parts, subject);
  const twin = again ? askLegacy(parts, subject) : undefined;
  const release = (): void => {
    for (const held of [capture, copy, twin]) held?.release();
  };
  const conclude = async (result: ForwardResult): Promise<void> => {
    const primary: Beside = primaryOutcome(result, capture);
    if (typeof primary === 'string') {
      copy.giveUp();
      twin?.giveUp();
    }
    const [other, second] = await Promise.all([copy.outcome, twin?.outcome]);
    const reason = typeof primary === 'string' ? primary : typeof other === 'string' ? other : undefined;
    if (reason !== undefined) drop(parts, subject, reason);
    if (typeof primary === 'string' || typeof other === 'string') return release();
    const engineBuild = buildAsked(buildBefore, parts.comparing.engineBuild());
    if (engineBuild === undefined) {
      drop(parts, subject, 'build_unknown');
      return release();
    }
    const disturbed = parts.ledger.wroteSince(mark);
    // Clocks are judged by when each side was asked, and a copy may have waited for its turn.
    const copyAt = copy.sentAt() ?? at;
    const [legacy, engine] = to === 'engine' ? [primary, other] : [other, primary];
    const [legacyAt, engineAt] = to === 'engine' ? [at, copyAt] : [copyAt, at];
    const request = comparedRequest(subject, legacyAt, NO_BODY);
    const { side: answeredBy } = subject.decision;
    compareLater(parts, subject, {
      input: () => ({
        request,
        kind: 'read',
        answeredBy,
        legacy,
        engine,
        effects: undefined,
        engineAt,
        engineBuild,
        disturbed,
      }),
      ...(isAnswered(primary) && isAnswered(second)
        ? { learn: () => parts.comparing.learnNoise(request, primary, second) }
        : {}),
      release,
    });
  };
  return {
    tap: capture,
    taken: undefined,
    finished: (result) => unattended(parts, subject, () => conclude(result), release),
  };
}

function isAnswered(outcome: Beside | undefined): outcome is Answered {
  return typeof outcome === 'object' && outcome.outcome === 'answered';
}
