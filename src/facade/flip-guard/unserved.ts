/** Which routes and events the engine does not have yet: it answers the ones with 501, and the others not at all, whoever asks. */
import { LEGACY_ROUTES } from '../../legacy-bridge/legacy-routes.js';
import { askSide } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';
import type { RouteRow } from '../table/table-snapshot.js';

/** What the engine says of itself. */
interface Served {
  readonly routes: readonly { readonly rule: string; readonly methods: readonly string[] }[];
  readonly events: readonly string[];
}

/**
 * Rules that the legacy does not have are the table's own: of them the engine can't be asked this way.
 *
 * @param events by name
 * @returns `METHOD /rule` of each route of the rows that the engine lacks, and the events that it has no handler for
 * @throws when the engine does not answer
 */
export async function unserved(
  engine: SideTarget,
  rows: readonly RouteRow[],
  events: readonly string[],
): Promise<{ readonly routes: readonly string[]; readonly events: readonly string[] }> {
  const served = await askServed(engine);
  return { routes: unservedRoutes(served, rows), events: events.filter((event) => !served.events.includes(event)) };
}

/**
 * The same row by row, for people to look at.
 *
 * @returns by id; rows of which the engine serves all are left out
 * @throws when the engine does not answer soon
 */
export async function unservedByRow(
  engine: SideTarget,
  rows: readonly RouteRow[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const served = await askServed(engine, LOOK_MS);
  const lacking = rows.map((row) => [row.id, unservedRoutes(served, [row])] as const);
  return new Map(lacking.filter(([, routes]) => routes.length > 0));
}

/** Longest wait where the answer is a mark beside a row. */
const LOOK_MS = 1000;

async function askServed(engine: SideTarget, timeoutMs?: number): Promise<Served> {
  const wait = timeoutMs === undefined ? {} : { timeoutMs };
  const { text } = await askSide(engine, { method: 'GET', path: '/engine/internal/routes', ...wait });
  return JSON.parse(text) as Served;
}

function unservedRoutes({ routes }: Served, rows: readonly RouteRow[]): readonly string[] {
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
