/**
 * Routes that the engine can't dry-run, as it said itself; forgotten when another engine starts. By route and not by row: a row may
 * hold many, and what one of them lacks must not end the comparing of the others.
 */
import { LEGACY_ROUTES } from '../../legacy-bridge/legacy-routes.js';
import { buildUrlMap } from '../../legacy-bridge/url-map/build-url-map.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { Log } from '../logging/log.js';

/** Why a dry run is not even asked for. */
export type UnableReason = Extract<DropReason, 'engine_not_served' | 'engine_not_dry_runnable'>;

/** One request's place among the routes. */
export interface RoutePlace {
  readonly row: string;
  readonly method: string;
  /** Raw path. */
  readonly path: string;
}

interface Unable {
  readonly method: string;
  /** A rule; or that it is one of the paths without a rule of their own, which are the client's to choose and not shown. */
  readonly shown: string;
  readonly reason: UnableReason;
  readonly detail: string;
}

/** What is beyond is asked again each time. */
const MOST_ROUTES = 1000;
const MOST_SHOWN = 5;
const OTHER_PATHS = 'other paths';

const RULES = buildUrlMap(LEGACY_ROUTES.map(({ methods, rule }) => ({ methods, rule, endpoint: rule })));

export class UnableRoutes {
  readonly #log: Log;
  readonly #byRow = new Map<string, Map<string, Unable>>();
  #count = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param detail for a person */
  note(place: RoutePlace, reason: UnableReason, detail: string): void {
    const { row, method, path } = place;
    const routes = this.#byRow.get(row) ?? new Map<string, Unable>();
    const key = keyOf(place);
    if (routes.has(key) || this.#count >= MOST_ROUTES) return;
    this.#count += 1;
    const shown = ruleOf(method, path) ?? OTHER_PATHS;
    this.#log.warn('route not comparable', { row, method, route: shown, reason, detail });
    this.#byRow.set(row, routes.set(key, { method, shown, reason, detail }));
  }

  reasonFor(place: RoutePlace): UnableReason | undefined {
    const routes = this.#byRow.get(place.row);
    return routes?.get(keyOf(place))?.reason;
  }

  /** By row: `METHOD rule: why`, for operators. */
  all(): ReadonlyMap<string, string> {
    return new Map([...this.#byRow].map(([row, routes]) => [row, listed([...routes.values()])]));
  }

  reset(): void {
    this.#byRow.clear();
    this.#count = 0;
  }
}

function keyOf({ method, path }: RoutePlace): string {
  return `${method} ${ruleOf(method, path) ?? path}`;
}

/** @returns undefined for paths that no rule names: the rule that takes all paths says nothing of any of them */
function ruleOf(method: string, path: string): string | undefined {
  const match = RULES.match(method, path);
  return match.kind === 'match' && !match.endpoint.includes('(path)') ? match.endpoint : undefined;
}

function listed(routes: readonly Unable[]): string {
  const lines = [...new Set(routes.map(({ method, shown, detail }) => `${method} ${shown}: ${detail}`))];
  const rest = lines.length > MOST_SHOWN ? [`and ${lines.length - MOST_SHOWN} more`] : [];
  return [...lines.slice(0, MOST_SHOWN), ...rest].join('; ');
}
