import type { FacadeSettings } from '../settings/settings.js';

/** Settings `shadow`. */
export type ShadowSettings = FacadeSettings['shadow'];
