/**
 * What rests on the registry of agents, which each process has for itself (contract/sockets.md 4): filled from the database when it starts,
 * then by the sockets and calls that it serves. A dry run teaches it nothing, so the side that does not serve the agents can't know what the
 * other one remembers. Decided by route and place, or by one side's own word of it, never by how much the answers agree. Pure.
 */

import type { Effects } from '../../legacy-bridge/effects/effects.js';
import { legacyRouteOf } from '../../legacy-bridge/legacy-route-of.js';
import { decodeBody } from './compare/decode-body.js';
import { JsonObject } from './compare/json-document.js';
import { generalPath, type Path } from './compare/path.js';
import type { CapturedAnswer, ComparedRequest, ComparisonInput } from './comparison.js';

type Asked = Pick<ComparedRequest, 'method' | 'target'>;

/** Their answers tell the registry, or come from it first: agents-http.md 8, sockets.md 6. */
const TELL_THE_REGISTRY: ReadonlySet<string> = new Set([
  'GET agents',
  'DELETE agent',
  'GET agent-hash',
  'GET agent-hash-list',
]);

/** An agent id that the registry has under another device is refused to this one: agents-http.md 7.4, 7.5. */
const REFUSE_BY_IT: ReadonlySet<string> = new Set(['agent-checkin', 'agent-service-account-rotate']);
const REFUSAL = { status: 403, error: 'guid_mismatch' };
const MOST_REFUSAL_BYTES = 4096;

/** A credential goes to the agents of its host alone; where none is known, the activity has failed at once: assemblies-and-runs.md F2. */
const TELLS_AGENTS_ALONE = 'ansible-quick-run';
const UNTOLD = 'Failed';

/** Columns that are filled from the registry where the call says nothing: agents-http.md 7.3. */
const FILLED_FROM_IT: Readonly<Record<string, string>> = { 'agent-details': 'rows.devices[*].last_seen' };

const FAILED = 500;

/** Whether the pair proves nothing because the two processes may remember different agents. */
export function isRemembered(
  asked: Asked,
  legacy: CapturedAnswer,
  engine: CapturedAnswer,
  effects?: ComparisonInput['effects'],
): boolean {
  const route = routeOf(asked);
  if (route === undefined) return false;
  // No memory excuses an engine that breaks.
  if (TELL_THE_REGISTRY.has(`${asked.method} ${route}`)) return engine.status < FAILED || legacy.status >= FAILED;
  if (route === TELLS_AGENTS_ALONE && effects !== undefined) return hasUntold(effects.engine);
  return REFUSE_BY_IT.has(route) && isRefusal(legacy) !== isRefusal(engine);
}

/** @returns which places hold what a process remembers, however the sides answer */
export function rememberedPlaces(asked: Asked): (path: Path) => boolean {
  const route = routeOf(asked);
  const place = route === undefined ? undefined : FILLED_FROM_IT[route];
  return (path) => place !== undefined && generalPath(path) === place;
}

function routeOf({ method, target }: Asked): string | undefined {
  return legacyRouteOf(method, target.split('?', 1)[0] ?? '');
}

/** Whether an activity has failed with the very call that began it, which the legacy's never do. */
function hasUntold({ rows }: Effects): boolean {
  return rows.some(
    ({ table, change, after }) => table === 'activity_history' && change === 'insert' && after?.status === UNTOLD,
  );
}

function isRefusal(answer: CapturedAnswer): boolean {
  if (answer.status !== REFUSAL.status) return false;
  const body = decodeBody(answer, MOST_REFUSAL_BYTES);
  if (body.form !== 'json' || !(body.json instanceof JsonObject)) return false;
  const { keys, values } = body.json;
  return values[keys.indexOf('error')] === REFUSAL.error;
}
