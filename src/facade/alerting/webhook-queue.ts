/**
 * Delivers alerts to one webhook: one after the other, each tried again until it is delivered, refused or too old.
 * Never holds anything up; a receiver that is down costs memory for a bounded number of messages.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Log } from '../logging/log.js';
import type { FacadeMetrics } from '../metrics/facade-metrics.js';
import type { AlertMessage } from './alert.js';
import { postAlert } from './post-alert.js';
import type { WebhookTarget } from './webhook-target.js';

/**
 * What became of a message: `delivered`; `refused`, by a status that will not change; `expired`, too old to be tried again;
 * `dropped`, as the oldest of a full queue or since the facade stopped.
 */
export const ALERT_OUTCOMES = ['delivered', 'refused', 'expired', 'dropped'] as const;

export type AlertOutcome = (typeof ALERT_OUTCOMES)[number];

export interface WebhookQueueOptions {
  readonly dispatcher: Dispatcher;
  /** Settings `alerts`. Milliseconds. */
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** Most messages that wait. Default 256. */
  readonly most?: number;
  /** First pause before a message is tried again. Default 1000; doubles up to a minute. */
  readonly backoffMs?: number;
  readonly metrics: Pick<FacadeMetrics, 'alertSettled' | 'alertFailed'>;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

interface Waiting {
  readonly message: AlertMessage;
  /** Monotonic milliseconds. */
  readonly until: number;
}

const LONGEST_PAUSE_MS = 60_000;
/** How long a stopping facade goes on delivering what waits, each message once. */
const CLOSING_MS = 1000;

export class WebhookQueue {
  readonly #target: WebhookTarget;
  readonly #options: WebhookQueueOptions;
  readonly #waiting: Waiting[] = [];
  /** Ends pauses between tries, then tries. */
  readonly #hurry = new AbortController();
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(target: WebhookTarget, options: WebhookQueueOptions) {
    this.#target = target;
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(message: AlertMessage): void {
    if (this.#hurry.signal.aborted) return;
    const { most = 256, deadlineMs, now } = this.#options;
    // The newest tells how things are; the log has them all.
    if (this.#waiting.length >= most)
      this.#settle(this.#waiting.splice(this.#working === undefined ? 0 : 1, 1), 'dropped');
    this.#waiting.push({ message, until: now() + deadlineMs });
    this.#working ??= this.#work();
  }

  /** Tries what waits once more, for a second at most; what is left is dropped and logged. */
  async close(): Promise<void> {
    this.#hurry.abort();
    const limit = setTimeout(() => this.#stop.abort(), CLOSING_MS);
    await this.#working;
    clearTimeout(limit);
    this.#settle(this.#waiting.splice(0), 'dropped');
  }

  /** Ends when nothing waits. The message that is being tried stays first in the queue. */
  async #work(): Promise<void> {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const outcome = await this.#deliver(first);
      this.#settle(this.#waiting.splice(0, 1), outcome);
      if (this.#stop.signal.aborted) break;
    }
    this.#working = undefined;
  }

  async #deliver({ message, until }: Waiting): Promise<AlertOutcome> {
    const { now, log, metrics } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const post = await postAlert(this.#target, message, { ...this.#options, signal: this.#stop.signal });
      if (post.outcome === 'delivered') return 'delivered';
      metrics.alertFailed(this.#target.number);
      const told = { ...this.#told(message), reason: post.reason, tries };
      if (tries === 1) log.warn('alert not delivered', told);
      if (post.final) return 'refused';
      const pauseMs = this.#pauseMs(tries, post.afterMs);
      if (now() + pauseMs >= until) return 'expired';
      if (this.#hurry.signal.aborted) return 'dropped';
      await sleep(pauseMs, undefined, { signal: this.#hurry.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Half of it by chance: facades that were cut off together do not come back together. */
  #pauseMs(tries: number, wishedMs = 0): number {
    const { backoffMs = 1000, random } = this.#options;
    const pause = Math.min(backoffMs * 2 ** (tries - 1), LONGEST_PAUSE_MS);
    return Math.max(pause / 2 + (random() * pause) / 2, Math.min(wishedMs, LONGEST_PAUSE_MS));
  }

  #settle(settled: readonly Waiting[], outcome: AlertOutcome): void {
    const { metrics, log } = this.#options;
    for (const { message } of settled) {
      metrics.alertSettled(this.#target.number, outcome);
      if (outcome === 'delivered') log.info('alert delivered', this.#told(message));
      else log.error('alert lost', { ...this.#told(message), outcome });
    }
  }

  #told({ id, event }: AlertMessage) {
    return { webhook: this.#target.number, origin: this.#target.origin, event, id };
  }
}
