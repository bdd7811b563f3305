/**
 * After a restart the engine has forgotten which agents there are: ends the sessions that must tell it again themselves, at an even
 * rate and none before it has settled, as a drain does.
 */
import type { SocketClock } from '../socket-clock.js';

export interface SettlingSession {
  /** Monotonic milliseconds. */
  readonly openedAt: number;
  readonly isOver: boolean;
  end(reason: string): void;
}

export interface ReRegistrationOptions {
  readonly clock: SocketClock;
  readonly perSecond: number;
  /** How long a session is spared after it was opened; see SocketDrainOptions. */
  readonly settleMs: number;
}

export class ReRegistration {
  readonly #options: ReRegistrationOptions;
  /** The oldest first. */
  #sessions: SettlingSession[] = [];
  #cancel: (() => void) | undefined;

  constructor(options: ReRegistrationOptions) {
    this.#options = options;
  }

  /** Begins anew with these; those of an earlier call that are not among them stay. @param sessions the oldest first */
  start(sessions: readonly SettlingSession[]): void {
    this.close();
    this.#sessions = [...sessions];
    this.#next(0);
  }

  close(): void {
    this.#cancel?.();
    this.#sessions = [];
  }

  #next(gapMs: number): void {
    const { clock, settleMs, perSecond } = this.#options;
    while (this.#sessions[0]?.isOver) this.#sessions.shift();
    const [session] = this.#sessions;
    if (session === undefined) return;
    const waitMs = Math.max(gapMs, session.openedAt + settleMs - clock.now());
    this.#cancel = clock.after(Math.max(0, waitMs), () => {
      this.#sessions.shift();
      session.end('engine-restarted');
      this.#next(1000 / perSecond);
    });
  }
}
