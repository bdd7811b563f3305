/**
 * Orders the engine's relay to the legacy as the table says, and keeps asking how it is: by giving the same order again, which does no
 * harm, so that an engine that forgot it has it at once.
 */
import type { RelayOrder, RelayState } from '../../legacy-bridge/realtime/relay-protocol.js';
import type { Log } from '../logging/log.js';

export interface RelayKeeperOptions {
  /** Gives the engine the order. Rejects when it did not take it. */
  readonly tell: (order: RelayOrder) => Promise<RelayState>;
  /** Words for what `tell` rejected with. */
  readonly reasonOf: (error: unknown) => string;
  readonly log: Log;
  /** Pause between two orders while there is a relay, or after one that was not taken. Default 2000. */
  readonly everyMs?: number;
  /** The same while there is none and its clients may have it begin. Default 10,000. */
  readonly idleMs?: number;
}

export class RelayKeeper {
  readonly #options: RelayKeeperOptions;
  #order: RelayOrder = { mode: 'off', legacy: null };
  #state: RelayState | undefined;
  #engineReady = false;
  #isTelling = false;
  #isStale = false;
  #saidWhy = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RelayKeeperOptions) {
    this.#options = options;
  }

  /** As the engine told it last; undefined while no engine is ready. */
  state(): RelayState | undefined {
    return this.#state;
  }

  /** What is wanted, which the engine may not have heard yet. */
  get mode(): RelayOrder['mode'] {
    return this.#order.mode;
  }

  order(order: RelayOrder): void {
    if (JSON.stringify(order) === JSON.stringify(this.#order)) return;
    this.#order = order;
    this.#tellNow();
  }

  /** An engine process has become ready, or is no longer: a new one knows nothing. */
  engineChanged(ready: boolean): void {
    this.#engineReady = ready;
    this.#state = undefined;
    if (ready) this.#tellNow();
    else this.close();
  }

  close(): void {
    this.#engineReady = false;
    clearTimeout(this.#timer);
  }

  #tellNow(): void {
    clearTimeout(this.#timer);
    if (this.#isTelling) this.#isStale = true;
    else if (this.#engineReady) void this.#tell();
  }

  async #tell(): Promise<void> {
    const { tell, reasonOf } = this.#options;
    this.#isTelling = true;
    this.#isStale = false;
    const answer = await tell(this.#order).catch((error: unknown) => reasonOf(error));
    this.#isTelling = false;
    if (!this.#engineReady) return;
    if (this.#isStale) {
      void this.#tell();
      return;
    }
    this.#took(answer);
    const pause = this.#pauseAfter(answer);
    if (pause !== undefined) this.#timer = setTimeout(() => this.#tellNow(), pause);
  }

  /** @returns undefined where nothing changes by itself */
  #pauseAfter(answer: RelayState | string): number | undefined {
    const { everyMs = 2000, idleMs = 10_000 } = this.#options;
    if (typeof answer === 'string' || answer.mode === 'on' || answer.state !== 'off') return everyMs;
    return answer.mode === 'while-clients' ? idleMs : undefined;
  }

  /** Said when it changes. */
  #took(answer: RelayState | string): void {
    const { log } = this.#options;
    if (typeof answer === 'string') {
      this.#state = undefined;
      this.#say(`untold ${answer}`, () => log.warn('socket-relay-not-ordered', { problem: answer }));
      return;
    }
    this.#state = answer;
    const { state, problem, agents } = answer;
    if (state === 'up') this.#say('up', () => log.info('socket-relay-up', { agents }));
    // Not while it is being opened: it has a problem once a try has failed.
    else if (state === 'down' && problem !== null)
      this.#say(`down ${problem}`, () => log.warn('socket-relay-down', { problem }));
    else if (state === 'off' && this.#saidWhy !== '') this.#say('', () => log.info('socket-relay-off'));
  }

  #say(what: string, write: () => void): void {
    if (what !== this.#saidWhy) write();
    this.#saidWhy = what;
  }
}
