/** What a live engine remembers of sign-ins. In memory, bounded, per process: a restart forgets it. */
import { AttemptLimits } from './attempt-limits.js';
import type { LiveMemories } from './dry-run/live-memories.js';
import { ProofMemory } from './proof-memory.js';

/** Failures within it count; people who mistype do not meet these limits. */
const ATTEMPTS_WINDOW_MS = 300_000;
const PASSWORD_ATTEMPTS = { mostOfBoth: 10, mostOfAccount: 100, mostOfAddress: 50 } as const;
/** Whoever tries codes has the password already. */
const CODE_ATTEMPTS = { mostOfBoth: 10, mostOfAccount: 20, mostOfAddress: 50 } as const;
/** A pending sign-in lives for 300 s, its last second included; a code for 90 s. */
const USED_FACTOR_MS = 302_000;
const MOST_USED_FACTORS = 50_000;

/** @param monotonic milliseconds that never go back */
export function signInMemories(monotonic: () => number): Pick<LiveMemories, 'attempts' | 'usedFactors'> {
  const shared = { windowMs: ATTEMPTS_WINDOW_MS, monotonic };
  return {
    attempts: {
      passwords: new AttemptLimits({ ...PASSWORD_ATTEMPTS, ...shared }),
      codes: new AttemptLimits({ ...CODE_ATTEMPTS, ...shared }),
    },
    usedFactors: new ProofMemory(MOST_USED_FACTORS, USED_FACTOR_MS),
  };
}
