/** Who would answer a request, and why: the same steps that traffic takes, without sending anything. */
import { ambiguousPath, PATH_REFUSALS } from '../../legacy-bridge/url-map/path-safety.js';
import type { BreakerState } from '../decision/breakers.js';
import { decide } from '../decision/decide.js';
import { chooseRow } from '../listener/choose-row.js';
import { readTarget } from '../listener/request-target.js';
import type { Side } from '../side.js';
import { SOCKET_PATH } from '../sockets/socket-target.js';
import type { Stage } from '../table/stage.js';
import type { TableSnapshot } from '../table/table-snapshot.js';
import type { ExplainInput } from './admin-deps.js';

/** An answer to "who would serve this?". */
export interface Explanation {
  readonly method: string;
  /** Path as matched, without the query. */
  readonly path: string;
  readonly tableVersion: number;
  /** Who answers; `facade` when it refuses the request itself. */
  readonly side: Side | 'facade';
  /** One sentence or two for a person. */
  readonly reason: string;
  /** Id of the row, `sockets` for Socket.IO; null when the request is refused. */
  readonly row: string | null;
  readonly group: string | null;
  readonly stage: Stage | null;
  /** The legacy may answer in the engine's place. */
  readonly mayFallBack: boolean;
  /** State of the row's breaker; it matters when the engine is to answer. */
  readonly breaker: BreakerState;
}

/** @param breakers those that are not closed */
export function explainRequest(
  snapshot: TableSnapshot,
  input: ExplainInput,
  breakers: ReadonlyMap<string, BreakerState> = new Map(),
): Explanation {
  const target = readTarget(input.path);
  const path = target?.path ?? input.path;
  const common = { method: input.method, path, tableVersion: snapshot.version };
  const refused = refusal(input.method, target === undefined ? undefined : path);
  if (refused !== undefined) {
    const nobody = { row: null, group: null, stage: null, mayFallBack: false, breaker: 'closed' } as const;
    return { ...common, ...nobody, side: 'facade', reason: refused };
  }
  if (path.startsWith(SOCKET_PATH)) return { ...common, ...explainSocket(snapshot) };
  const { row, choice } = chooseRow(snapshot, input.method, path);
  const decision = decide(snapshot, row, choice, { ...input, path, headers: lowerCased(input.headers) });
  const breaker = breakers.get(row.id) ?? 'closed';
  return {
    ...common,
    side: decision.side,
    reason:
      decision.side === 'engine' ? decision.reason + breakerWords(breaker, decision.mayFallBack) : decision.reason,
    row: row.id,
    group: row.group ?? null,
    stage: row.stage,
    mayFallBack: decision.mayFallBack,
    breaker,
  };
}

function refusal(method: string, path: string | undefined): string | undefined {
  if (method === 'TRACE' || method === 'CONNECT') return 'the facade refuses TRACE and CONNECT';
  if (path === undefined) return 'the facade refuses it: the target is neither a path nor an http or https URL';
  const code = ambiguousPath(path);
  return code === undefined ? undefined : `the facade refuses it (${code}): ${PATH_REFUSALS[code]}`;
}

function explainSocket({ sockets: { stage } }: TableSnapshot): Omit<Explanation, 'method' | 'path' | 'tableVersion'> {
  return {
    side: stage,
    reason: `new Socket.IO connections go to the side that sockets.stage names, ${stage}; those that are open stay where they are`,
    row: 'sockets',
    group: null,
    stage,
    mayFallBack: false,
    breaker: 'closed',
  };
}

function breakerWords(breaker: BreakerState, mayFallBack: boolean): string {
  if (breaker === 'closed') return '';
  const meanwhile = mayFallBack ? 'the legacy answers in its place' : 'the facade answers 503';
  return breaker === 'open'
    ? `; but its breaker is open, so for now ${meanwhile}`
    : `; but its breaker is half-open: one request tries the engine, and for all others ${meanwhile}`;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
