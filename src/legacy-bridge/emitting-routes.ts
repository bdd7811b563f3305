/** Which requests may make the legacy emit Socket.IO events: nobody sees it do so from outside, so what its contract rules out counts. */
import { LEGACY_ROUTES } from './legacy-routes.js';
import { buildUrlMap } from './url-map/build-url-map.js';

const EMITTING = new Set(LEGACY_ROUTES.filter(({ emits }) => emits === true).map(({ id }) => id));
const MAP = buildUrlMap(LEGACY_ROUTES.map(({ methods, rule, id }) => ({ methods, rule, endpoint: id })));

/** @param path raw */
export function mayEmit(method: string, path: string): boolean {
  const match = MAP.match(method, path);
  return match.kind === 'match' && EMITTING.has(match.endpoint);
}
