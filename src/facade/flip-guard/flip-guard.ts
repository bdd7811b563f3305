/**
 * Asks, before rows move towards the engine, whether it is fit for them: it serves their routes, handles their events, and, for rows that issue
 * or judge tokens, both sides share what these are signed with. Before it gets jobs to run: whether it could. Ways back are never refused.
 */
import { LEGACY_EVENTS } from '../../legacy-bridge/realtime/client-events.js';
import { reasonOf } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';
import type { Log } from '../logging/log.js';
import { stageRank } from '../table/stage.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import { accessTokens, firstProblem, operatorTokens, type TokenCheckOptions } from '../token-check/check-tokens.js';
import { jobsTowardsEngine, type SchedulerSides, schedulerUnfit } from './scheduler-fitness.js';
import { unserved } from './unserved.js';

/** What the guard asks, and with what. */
export type GuardedSides = TokenCheckOptions & { readonly engine: SideTarget; readonly scheduler: SchedulerSides };

/** Paths whose answers carry tokens of agents, or depend on them (contract/agents-http.md 3, 4, 6). */
const TOKEN_RULES: ReadonlySet<string> = new Set([
  '/api/agent/token/refresh',
  '/api/agent/enroll/poll',
  '/api/agent/heartbeat',
  '/api/agent/script/request',
  '/api/agent/details',
  '/api/agent/checkin',
  '/api/agent/service-account/rotate',
]);
/** Paths that sign operators in, or serve them alone (contract/operators.md 1.3, agents-http.md 9). */
const OPERATOR_RULES =
  /^\/api\/(?:auth|admin|users|credentials|github\/token|agent_devices|ssh_devices|winrm_devices)(?:\/|$)/;

export class FlipGuard {
  readonly #log: Log;
  #sides: GuardedSides | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Tells where the sides are. Without, as for an engine that is not supervised, flips are not checked but logged. */
  connect(sides: GuardedSides): void {
    this.#sides = sides;
  }

  /** @returns why the next table must not come into force, as a sentence; undefined when it may */
  readonly check = async (
    next: TableSnapshot,
    previous: TableSnapshot,
    forced = false,
  ): Promise<string | undefined> => {
    const moved: Moved = {
      rows: rowsTowardsEngine(next, previous),
      events: eventsTowardsEngine(next, previous),
      jobs: jobsTowardsEngine(next, previous),
    };
    if (moved.rows.length === 0 && moved.events.length === 0 && !moved.jobs) return undefined;
    if (this.#sides === undefined) {
      const reason = 'the engine is not one that the facade supervises';
      this.#log.warn('flip not checked', { ...named(moved), reason });
      return undefined;
    }
    return (
      (await this.#unserved(this.#sides, moved)) ??
      (await tokensRefused(this.#sides, moved.rows)) ??
      (moved.jobs ? await schedulerUnfit(this.#sides.scheduler, forced) : undefined)
    );
  };

  /**
   * The same for single requests to a row, whatever its stage.
   *
   * @returns why the engine must not get them, as a sentence; undefined when it may
   */
  async checkRow(row: RouteRow): Promise<string | undefined> {
    if (this.#sides === undefined) return undefined;
    const moved: Moved = { rows: [row], events: [], jobs: false };
    return (await this.#unserved(this.#sides, moved)) ?? (await tokensRefused(this.#sides, moved.rows));
  }

  /** An engine that is down for the moment does not stop rows without tokens: the legacy answers in its place. */
  async #unserved({ engine }: GuardedSides, moved: Moved): Promise<string | undefined> {
    if (moved.rows.length === 0 && moved.events.length === 0) return undefined;
    try {
      const { routes, events } = await unserved(engine, moved.rows, moved.events);
      const problems = [
        ...(routes.length === 0 ? [] : [`The engine does not serve ${routes.join(', ')} yet.`]),
        ...(events.length === 0 ? [] : [`The engine has no handler for ${events.join(', ')} yet.`]),
      ];
      return problems.length === 0 ? undefined : problems.join(' ');
    } catch (error) {
      this.#log.warn('flip not checked', { ...named(moved), reason: reasonOf(error) });
      return undefined;
    }
  }
}

/** What the engine gets more to do with. */
interface Moved {
  readonly rows: readonly RouteRow[];
  /** By name. */
  readonly events: readonly string[];
  /** The scheduler, or single jobs of it. */
  readonly jobs: boolean;
}

function named({ rows, events, jobs }: Moved): Readonly<Record<string, unknown>> {
  return { rows: rows.map(({ id }) => id), events, ...(jobs ? { jobs } : {}) };
}

async function tokensRefused(sides: GuardedSides, rows: readonly RouteRow[]): Promise<string | undefined> {
  for (const [concerns, check] of [
    [(rule: string) => TOKEN_RULES.has(rule), accessTokens],
    [(rule: string) => OPERATOR_RULES.test(rule), operatorTokens],
  ] as const) {
    const concerned = rows.filter(({ matches }) => matches.some(({ rule }) => concerns(rule)));
    const problem = concerned.length === 0 ? undefined : firstProblem(await check(sides));
    if (problem !== undefined)
      return `${concerned.map(({ id }) => id).join(', ')} can't move to the engine: ${problem}.`;
  }
  return undefined;
}

/** Rows that the engine gets more to do with. Keys can have changed since a row came to shadow, so it is asked again. */
function rowsTowardsEngine(next: TableSnapshot, previous: TableSnapshot): RouteRow[] {
  const before = new Map(previous.routes.map((row) => [row.id, row.stage]));
  return next.routes.filter(({ id, stage }) => partOfEngine(stage) > partOfEngine(before.get(id) ?? 'legacy'));
}

/** Rows of events count where they are in force; with the sockets at the engine, all that the legacy handles is the engine's. */
function eventsTowardsEngine(next: TableSnapshot, previous: TableSnapshot): string[] {
  const before = partsOfEvents(previous);
  return [...partsOfEvents(next)].filter(([event, part]) => part > (before.get(event) ?? 0)).map(([event]) => event);
}

function partsOfEvents({ sockets: { stage, events } }: TableSnapshot): ReadonlyMap<string, number> {
  if (stage === 'legacy') return new Map();
  if (stage === 'engine') return new Map(LEGACY_EVENTS.map((event) => [event, 2]));
  return new Map([...events.values()].map((row) => [row.event, partOfEngine(row.stage)]));
}

/** 0: none; 1: it is asked, to be compared; 2: it answers clients. */
function partOfEngine(stage: RouteRow['stage']): number {
  return stageRank(stage) >= stageRank('canary') ? 2 : stageRank(stage);
}
