/** Who would answer a request, and why: the same steps that traffic takes, without sending anything. */

import { ambiguousPath, PATH_REFUSALS } from '../../legacy-bridge/url-map/path-safety.js';
import type { AccessJudge } from '../access/access-judge.js';
import type { AccessOutcome } from '../access/access-verdict.js';
import { demandOf } from '../access/demands-caller.js';
import type { BreakerState } from '../decision/breakers.js';
import { decide } from '../decision/decide.js';
import { chooseRow } from '../listener/choose-row.js';
import { readTarget } from '../listener/request-target.js';
import { IGNORED_OVERRIDES, OVERRIDE_HEADER, type Override } from '../override/override.js';
import type { Overrides } from '../override/overrides.js';
import type { Side } from '../side.js';
import { SOCKET_PATH } from '../sockets/socket-target.js';
import type { Access } from '../table/access.js';
import type { Position, SocketsStage } from '../table/stage.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
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
  readonly stage: Position | null;
  /** The legacy may answer in the engine's place. */
  readonly mayFallBack: boolean;
  /** Whom the row lets in, and whether the given headers satisfy it; null where no row has a say. */
  readonly access: {
    readonly demands: Access;
    readonly outcome: AccessOutcome | 'not_needed';
    readonly why: string;
  } | null;
  /** State of the row's breaker; it matters when the engine is to answer. */
  readonly breaker: BreakerState;
}

/**
 * @param judge who knows callers; it verifies the given headers and consumes nothing
 * @param breakers those that are not closed
 * @param overrides who judges overrides; undefined where their key is not known
 */
export async function explainRequest(
  snapshot: TableSnapshot,
  input: ExplainInput,
  judge: AccessJudge,
  breakers: ReadonlyMap<string, BreakerState> = new Map(),
  overrides?: Pick<Overrides, 'read'>,
): Promise<Explanation> {
  const target = readTarget(input.path);
  const path = target?.path ?? input.path;
  const common = { method: input.method, path, tableVersion: snapshot.version };
  const refused = refusal(input.method, target === undefined ? undefined : path);
  if (refused !== undefined) {
    const nobody = {
      row: null,
      group: null,
      stage: null,
      mayFallBack: false,
      access: null,
      breaker: 'closed',
    } as const;
    return { ...common, ...nobody, side: 'facade', reason: refused };
  }
  if (path.startsWith(SOCKET_PATH)) return { ...common, ...explainSocket(snapshot) };
  const { row, choice } = chooseRow(snapshot, input.method, path);
  const headers = lowerCased(input.headers);
  const { override, told } = explainOverride(headers[OVERRIDE_HEADER.toLowerCase()], row, overrides);
  const decision = decide(snapshot, row, choice, { ...input, path, headers }, override);
  const access = await explainAccess(row, input.method, headers, judge);
  const breaker = breakers.get(row.id) ?? 'closed';
  return {
    ...common,
    ...refusedCaller(access, {
      side: decision.side,
      reason:
        decision.side === 'engine' && override === undefined
          ? decision.reason + told + breakerWords(breaker, decision.mayFallBack)
          : decision.reason + told,
    }),
    row: row.id,
    group: row.group ?? null,
    stage: row.stage,
    mayFallBack: decision.mayFallBack,
    access,
    breaker,
  };
}

function explainOverride(
  value: string | undefined,
  row: RouteRow,
  overrides: Pick<Overrides, 'read'> | undefined,
): { readonly override: Override | undefined; readonly told: string } {
  if (value === undefined) return { override: undefined, told: '' };
  const read = overrides?.read(value, row);
  if (read === undefined)
    return { override: undefined, told: '; only the running facade can say whether its override counts' };
  if (typeof read !== 'string') return { override: read, told: '' };
  return { override: undefined, told: `; its override is ignored (${read}): ${IGNORED_OVERRIDES[read]}` };
}

type ExplainedAccess = NonNullable<Explanation['access']>;

async function explainAccess(
  row: RouteRow,
  method: string,
  headers: Readonly<Record<string, string>>,
  judge: AccessJudge,
): Promise<ExplainedAccess> {
  const demand = demandOf(row, method);
  if (demand !== undefined) return { demands: demand, ...(await judge.judge(demand, headers)) };
  const why = row.access === 'public' ? 'the row is public' : 'OPTIONS runs no handler, so it is let through';
  return { demands: row.access, outcome: 'not_needed', why };
}

/** A caller who is not let in is answered by the facade, whoever else would have answered. */
function refusedCaller(
  { demands, outcome, why }: ExplainedAccess,
  otherwise: Pick<Explanation, 'side' | 'reason'>,
): Pick<Explanation, 'side' | 'reason'> {
  if (outcome !== 'denied' && outcome !== 'unavailable') return otherwise;
  const answer = outcome === 'denied' ? '403 access_denied' : '503 access_unavailable';
  const reason = `${otherwise.reason}; but its access is ${demands}, and the facade answers ${answer}: ${why}`;
  return { side: 'facade', reason };
}

function refusal(method: string, path: string | undefined): string | undefined {
  if (method === 'TRACE' || method === 'CONNECT') return 'the facade refuses TRACE and CONNECT';
  if (path === undefined) return 'the facade refuses it: the target is neither a path nor an http or https URL';
  const code = ambiguousPath(path);
  return code === undefined ? undefined : `the facade refuses it (${code}): ${PATH_REFUSALS[code]}`;
}

const SOCKET_REASONS: Readonly<Record<SocketsStage, string>> = {
  legacy:
    'new Socket.IO connections go to the side that sockets.stage names, legacy; those that are open stay where they are',
  split:
    'new Socket.IO connections end at the facade, in a session of the legacy; each event goes where its row says (facade explain --event NAME)',
  engine:
    'new Socket.IO connections go to the side that sockets.stage names, engine; those that are open stay where they are',
};

function explainSocket({ sockets: { stage } }: TableSnapshot): Omit<Explanation, 'method' | 'path' | 'tableVersion'> {
  return {
    side: stage === 'split' ? 'legacy' : stage,
    reason: SOCKET_REASONS[stage],
    row: 'sockets',
    group: null,
    stage,
    mayFallBack: false,
    access: null,
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
