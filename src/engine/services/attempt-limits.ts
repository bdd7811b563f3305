/** Limits attempts at an account's secrets by account and by address. Bounded: lives in memory, per process. */
import { createHash } from 'node:crypto';
import { networkOf } from '../../legacy-bridge/values/network-of.js';
import type { AttemptLimit } from './request-context.js';
import { type RevocableLimit, SlidingWindow } from './sliding-window.js';

export interface AttemptLimitsOptions {
  /** Failed attempts within the window at one account from one address. */
  readonly mostOfBoth: number;
  /** At one account from anywhere. */
  readonly mostOfAccount: number;
  /** From one address at any account. */
  readonly mostOfAddress: number;
  readonly windowMs: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

interface Windows<Limit> {
  readonly both: Limit;
  readonly account: Limit;
  readonly address: Limit;
}

export class AttemptLimits implements AttemptLimit {
  readonly #windows: Windows<SlidingWindow>;
  readonly #live: AttemptLimit;

  constructor({ mostOfBoth, mostOfAccount, mostOfAddress, windowMs, monotonic }: AttemptLimitsOptions) {
    const window = (most: number): SlidingWindow => new SlidingWindow({ most, windowMs, monotonic });
    this.#windows = { both: window(mostOfBoth), account: window(mostOfAccount), address: window(mostOfAddress) };
    this.#live = limitOver(this.#windows);
  }

  take(account: string, address: string): number {
    return this.#live.take(account, address);
  }

  giveBack(account: string, address: string): void {
    this.#live.giveBack(account, address);
  }

  /** For dry runs: attempts at it count for itself alone. */
  dryView(): AttemptLimit {
    const { both, account, address } = this.#windows;
    return limitOver({ both: both.dryView(), account: account.dryView(), address: address.dryView() });
  }
}

function limitOver(windows: Windows<RevocableLimit>): AttemptLimit {
  const limits = (account: string, address: string): readonly [RevocableLimit, string][] => {
    const name = digestOf(account.toLowerCase());
    const place = networkOf(address);
    return [
      [windows.both, `${name} ${place}`],
      [windows.account, name],
      [windows.address, place],
    ];
  };
  return {
    take(account, address) {
      const taken: [RevocableLimit, string][] = [];
      for (const [window, key] of limits(account, address)) {
        const waitMs = window.take(key);
        if (waitMs > 0) {
          for (const [before, its] of taken) before.giveBack(its);
          return waitMs;
        }
        taken.push([window, key]);
      }
      return 0;
    },
    giveBack(account, address) {
      for (const [window, key] of limits(account, address)) window.giveBack(key);
    },
  };
}

/** Names come from outside, and may be of any length. */
function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('base64');
}
