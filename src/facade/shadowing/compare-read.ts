/**
 * Comparing a read: the client's request has the facade to itself for a moment, then the other side is asked the same. Of all that
 * the copy costs, the request that it is a copy of notices nothing.
 */
import type { Answered } from '../comparing/comparer.js';
import type { CopyPlan } from '../decision/decision.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import { AnswerCapture } from './answer-capture.js';
import { askEngine, askLegacy, type Beside, type BesideRequest } from './ask-beside.js';
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

interface AskedBeside {
  readonly copy: BesideRequest;
  /** The legacy, a second time. */
  readonly twin: BesideRequest | undefined;
}

/** @param again the legacy is asked a second time, to learn in what it disagrees with itself */
export function compareRead(parts: ShadowParts, subject: Subject, { to }: CopyPlan, again: boolean): Companion {
  const at = parts.wallClock();
  const mark = parts.ledger.mark();
  const buildBefore = parts.comparing.engineBuild();
  const capture = new AnswerCapture(parts.settings.maxBodyBytes, parts.budget);
  let asked: AskedBeside | undefined;
  let isGivenUp = false;
  const ask = (): AskedBeside => {
    asked ??= {
      copy: to === 'engine' ? askEngine(parts, subject) : askLegacy(parts, subject),
      twin: again ? askLegacy(parts, subject) : undefined,
    };
    return asked;
  };
  // Whichever comes first: the client has its answer, or the side takes so long over it that both are asked at once.
  const headStart = setTimeout(
    () => unattended(parts, subject, async () => void ask(), giveUp),
    parts.settings.headStartMs,
  );
  const release = (): void => {
    clearTimeout(headStart);
    for (const held of [capture, asked?.copy, asked?.twin]) held?.release();
  };
  const giveUp = (): void => {
    isGivenUp = true;
    release();
  };
  const conclude = async (result: ForwardResult): Promise<void> => {
    clearTimeout(headStart);
    if (isGivenUp) return release();
    const primary: Beside = primaryOutcome(result, capture);
    if (typeof primary === 'string') {
      asked?.copy.giveUp();
      asked?.twin?.giveUp();
      drop(parts, subject, primary);
      return release();
    }
    const { copy, twin } = ask();
    const [other, second] = await Promise.all([copy.outcome, twin?.outcome]);
    if (typeof other === 'string') {
      drop(parts, subject, other);
      return release();
    }
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
      // Where somebody wrote in between, it is the database that changed, not the legacy that wavers.
      ...(isAnswered(primary) && isAnswered(second) && !disturbed
        ? { learn: () => parts.comparing.learnNoise(request, primary, second) }
        : {}),
      release,
    });
  };
  return {
    tap: capture,
    taken: undefined,
    finished: (result) => parts.afterwards.add(() => unattended(parts, subject, () => conclude(result), release)),
  };
}

function isAnswered(outcome: Beside | undefined): outcome is Answered {
  return typeof outcome === 'object' && outcome.outcome === 'answered';
}
