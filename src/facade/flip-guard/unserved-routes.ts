/** Which routes of the legacy the engine does not have yet: it answers those with 501, whoever asks. */
import { LEGACY_ROUTES } from '../../legacy-bridge/legacy-routes.js';
import { askSide } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';
import type { RouteRow } from '../table/table-snapshot.js';

/**
 * Rules that the legacy does not have are the table's own: of them the engine can't be asked this way.
 *
 * @returns `METHOD /rule` of each route of the rows that the engine lacks
 * @throws when the engine does not answer
 */
export async function unservedRoutes(engine: SideTarget, rows: readonly RouteRow[]): Promise<readonly string[]> {
  const { text } = await askSide(engine, { method: 'GET', path: '/engine/internal/routes' });
  const { routes } = JSON.parse(text) as { routes: readonly { rule: string; methods: readonly string[] }[] };
  const served = new Map(routes.map(({ rule, methods }) => [rule, new Set(methods)]));
  return rows
    .flatMap(({ matches }) => matches)
    .flatMap(({ rule, methods }) =>
      LEGACY_ROUTES.filter((route) => route.rule === rule)
        .flatMap((route) => route.methods)
        .filter((method) => (methods === '*' || methods.includes(method)) && !served.get(rule)?.has(method))
        .map((method) => `${method} ${rule}`),
    );
}
