/** Which requests may make the legacy emit Socket.IO events: nobody sees it do so from outside, so what its contract rules out counts. */
import { legacyRouteOf } from './legacy-route-of.js';
import { LEGACY_ROUTES } from './legacy-routes.js';

const EMITTING = new Set(LEGACY_ROUTES.filter(({ emits }) => emits === true).map(({ id }) => id));

/** @param path raw */
export function mayEmit(method: string, path: string): boolean {
  const route = legacyRouteOf(method, path);
  return route !== undefined && EMITTING.has(route);
}
