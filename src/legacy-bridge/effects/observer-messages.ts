/** What the observer and its thread say to each other. Observations go by number. */
import type { Effects } from './effects.js';
import type { SeenEffects } from './effects-observer.js';
import type { SearchLimits } from './search-limits.js';

/** How the thread is started. */
export interface ObserverThreadData {
  readonly file: string;
  readonly limits: SearchLimits;
}

export type ObserverQuestion =
  | { readonly kind: 'open'; readonly id: number }
  | { readonly kind: 'finish'; readonly id: number; readonly engine: Effects }
  | { readonly kind: 'close'; readonly id: number };

/** Of a `finish`: the second look is fixed, or the search goes on. */
export type ObserverNews = 'looked' | 'searching';

/** Only a `finish` has seen anything. */
export type ObserverAnswer = SeenEffects | undefined;
