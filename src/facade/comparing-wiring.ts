/** Makes what compares and keeps comparisons, from settings and from each other's parts. Decides nothing. */
import type { EffectsObserver } from '../legacy-bridge/effects/effects-observer.js';
import type { Comparing } from './shadowing/comparing.js';

export interface OpenComparing {
  readonly comparing: Comparing;
  readonly observer: EffectsObserver | undefined;
}

export function openComparing(): OpenComparing {
  const comparing: Comparing = {
    compare: () => {
      throw new TypeError('nothing compares yet');
    },
    learnNoise: () => undefined,
    sink: { record: () => undefined, dropped: () => undefined },
  };
  return { comparing, observer: undefined };
}
