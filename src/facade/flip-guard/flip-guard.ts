/** Asks, before a row that issues or judges agents' tokens moves towards the engine, whether both sides share their keys. */
import type { Log } from '../logging/log.js';
import { stageRank } from '../table/stage.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import { probeTokens, type TokenSides } from './probe-tokens.js';

/** Paths whose answers carry tokens, or depend on them (contract/agents-http.md 3, 4, 6). */
const TOKEN_RULES: ReadonlySet<string> = new Set([
  '/api/agent/token/refresh',
  '/api/agent/enroll/poll',
  '/api/agent/heartbeat',
  '/api/agent/script/request',
  '/api/agent/details',
  '/api/agent/checkin',
  '/api/agent/service-account/rotate',
]);

export class FlipGuard {
  readonly #log: Log;
  #sides: TokenSides | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Tells where the sides are. Without, as for an engine that is not supervised, flips are not checked but logged. */
  connect(sides: TokenSides): void {
    this.#sides = sides;
  }

  /** @returns why the next table must not come into force; undefined when it may. Ways back are never refused. */
  readonly check = async (next: TableSnapshot, previous: TableSnapshot): Promise<string | undefined> => {
    const moved = rowsTowardsEngine(next, previous);
    if (moved.length === 0) return undefined;
    if (this.#sides === undefined) {
      this.#log.warn('flip not checked', { rows: moved, reason: 'the engine is not one that the facade supervises' });
      return undefined;
    }
    const problem = await probeTokens(this.#sides);
    return problem === undefined ? undefined : `${moved.join(', ')} can't move to the engine: ${problem}.`;
  };
}

function rowsTowardsEngine(next: TableSnapshot, previous: TableSnapshot): string[] {
  const before = new Map(previous.routes.map((row) => [row.id, row.stage]));
  return next.routes
    .filter((row) => issuesOrJudgesTokens(row) && stageRank(row.stage) > stageRank('legacy'))
    .filter(({ id, stage }) => stageRank(stage) > stageRank(before.get(id) ?? 'legacy'))
    .map(({ id }) => id);
}

function issuesOrJudgesTokens({ matches }: RouteRow): boolean {
  return matches.some(({ rule }) => TOKEN_RULES.has(rule));
}
