/** Whom a row lets in, and the profile that says which of a row's two words counts. The facade enforces it for either side. */

/**
 * - `public`: anyone
 * - `device`: an agent's access token that verifies, of a device that is known and not shut out
 * - `operator`: a signed-in operator whose account exists
 * - `admin`: an operator whose account has the role admin now
 */
export const ACCESS_CLASSES = ['public', 'device', 'operator', 'admin'] as const;

export type Access = (typeof ACCESS_CLASSES)[number];

/** `open`: a row's `access` counts. `hardened`: its `hardened` does, where it has one. */
export const PROFILES = ['open', 'hardened'] as const;

export type Profile = (typeof PROFILES)[number];

/** Whether everybody whom `strict` lets in is let in by `loose` too. */
export function isAtLeast(strict: Access, loose: Access): boolean {
  return loose === 'public' || strict === loose || (loose === 'operator' && strict === 'admin');
}
