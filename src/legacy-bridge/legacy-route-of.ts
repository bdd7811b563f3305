/** Which route of the legacy serves a request. */
import { LEGACY_ROUTES } from './legacy-routes.js';
import { buildUrlMap } from './url-map/build-url-map.js';

const MAP = buildUrlMap(LEGACY_ROUTES.map(({ methods, rule, id }) => ({ methods, rule, endpoint: id })));

/** @param path raw @returns id of the route; undefined where the legacy has none, or would redirect or refuse the method */
export function legacyRouteOf(method: string, path: string): string | undefined {
  const match = MAP.match(method, path);
  return match.kind === 'match' ? match.endpoint : undefined;
}
