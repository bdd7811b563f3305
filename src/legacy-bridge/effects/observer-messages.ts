/** What the observer and its thread say to each other. */
import type { Effects } from './effects.js';
import type { EffectsErrorCode } from './effects-error.js';
import type { SeenEffects } from './effects-observer.js';
import type { SearchLimits } from './search-limits.js';

/** How the thread is started. */
export interface ObserverThreadData {
  readonly file: string;
  readonly limits: SearchLimits;
}

/** `close` has no reply. */
export type ObserverRequest =
  | { readonly kind: 'open'; readonly id: number }
  | { readonly kind: 'finish'; readonly id: number; readonly engine: Effects }
  | { readonly kind: 'close'; readonly id: number };

export type ObserverReply =
  /** The second look of a `finish` is fixed; its reply follows. */
  | { readonly id: number; readonly looked: true }
  | { readonly id: number; readonly seen: SeenEffects | undefined }
  | { readonly id: number; readonly code: EffectsErrorCode; readonly detail: string };
