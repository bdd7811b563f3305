import type { AccessOutcome } from '../access/access-verdict.js';
import type { AlertOutcome } from '../alerting/webhook-queue.js';
import type { GuardCause } from '../guard/guard-judgement.js';
import type { IgnoredOverride } from '../override/override.js';
import type { Side } from '../side.js';

/** Who answered a request: one of the sides, or the facade itself (refusals and failures). */
export type AnsweredBy = Side | 'facade';

/**
 * What the data path counts. Called once per request or socket, so implementations keep label
 * look-ups out of the way. Rows are named by id, failures by their error code.
 */
export interface FacadeMetrics {
  /** @param seconds from the request's head to the last byte of its answer */
  requestFinished(
    row: string,
    answeredBy: AnsweredBy,
    status: number,
    seconds: number,
    bytesUp: number,
    bytesDown: number,
  ): void;
  /** A side could not answer (`code`: an error code of forward-error.ts), whether or not the other side then did. */
  forwardFailed(row: string, side: Side, code: string): void;
  /** The legacy answered in the engine's place. */
  fellBack(row: string, code: string): void;
  breakerChanged(row: string, state: 'closed' | 'open' | 'half-open'): void;
  /** A row that demands a caller judged one. */
  accessJudged(row: string, outcome: AccessOutcome): void;
  /** A request was served by an override, and so is none of those that `requestFinished` is told of. */
  overrideServed(row: string, answeredBy: AnsweredBy, status: number): void;
  /** A request carried an override that does not count. */
  overrideIgnored(reason: IgnoredOverride): void;
  /** The guard found that a row must go back; told once, also where it can't. */
  guardTripped(row: string, cause: GuardCause): void;
  /** A try to deliver an alert failed. @param webhook its number among those of the settings */
  alertFailed(webhook: number): void;
  /** An alert was delivered to a webhook, or given up. */
  alertSettled(webhook: number, outcome: AlertOutcome): void;
  /** A request refused before it was matched. */
  refused(code: string): void;
  socketOpened(side: Side, transport: 'websocket' | 'polling'): void;
  socketClosed(side: Side, transport: 'websocket' | 'polling', reason: string): void;
}
