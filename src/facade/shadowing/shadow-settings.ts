import type { FacadeSettings } from '../settings/settings.js';

/** Settings `shadow`, without those of the observer of effects, which is made elsewhere. */
export type ShadowSettings = Omit<FacadeSettings['shadow'], 'observer'>;
