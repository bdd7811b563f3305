/**
 * The watch that moves a row back when the engine misbehaves. Counts what the pipeline and comparing tell, and acts through
 * the migration table alone. Never waits for anything on a request's way, never moves a row forward.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Alerts } from '../alerting/alerts.js';
import type { Verdict } from '../comparing/comparison.js';
import type { Decision } from '../decision/decision.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import type { Log } from '../logging/log.js';
import type { FacadeMetrics } from '../metrics/facade-metrics.js';
import { comparedRows, isTask } from '../table/compared-rows.js';
import type { MigrationTableStore } from '../table/migration-table-store.js';
import { TableError } from '../table/table-error.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import type { EngineAbsence } from './engine-absence.js';
import { type GuardFinding, judge } from './guard-judgement.js';
import type { GuardState, GuardView } from './guard-view.js';
import type { GuardMemory, HoldDown } from './hold-down.js';
import { type HoldDowns, stageWords } from './hold-downs.js';
import { LegacyRecords } from './legacy-records.js';
import { planMoveBack } from './plan-move-back.js';
import { outcomeOf } from './request-outcome.js';
import { RowWatch } from './row-watch.js';
import { guardView } from './show-guard.js';
import { wayBackStage } from './way-back-stage.js';

export interface GuardOptions {
  readonly table: Pick<MigrationTableStore, 'current' | 'onChange' | 'flipTogether' | 'versions'>;
  readonly holds: HoldDowns;
  readonly memory: Pick<GuardMemory, 'listRecords' | 'keepRecords'>;
  /** False when the engine is switched off: then nobody misbehaves. */
  readonly engineThere: boolean;
  /** Whether the engine's process is being started (again), so that requests find nobody. */
  readonly absence: Pick<EngineAbsence, 'excused'>;
  /** Whether the legacy answered when it was last asked: nothing is moved back to one that does not. */
  readonly legacyAnswers: () => boolean;
  readonly alerts: Pick<Alerts, 'tell'>;
  readonly metrics: Pick<FacadeMetrics, 'guardTripped'>;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly wallClock: () => number;
  /** Pause between two rounds of tries to move a row that can't be moved. Default 2000. */
  readonly retryMs?: number;
  /** How often records of the legacy are kept. Default a minute. */
  readonly keepMs?: number;
}

/** What the pipeline tells the guard; see `Guard`. */
export type GuardReports = Pick<Guard, 'forwarded' | 'keptOut'>;

/** Name in the audit. */
const WHO = 'guard';
/** What is busy for a moment, such as facade.db, is tried again before anyone is alarmed. */
const TRIES = 3;
const TRY_PAUSE_MS = 200;
/** Versions that are looked through for where a row came from. */
const MOST_VERSIONS = 1000;

export class Guard {
  readonly #options: GuardOptions;
  readonly #watches = new Map<string, RowWatch>();
  readonly #records: LegacyRecords;
  /** Targets that are being moved. */
  readonly #moving = new Set<string>();
  readonly #stopListening: () => void;
  readonly #keeping: NodeJS.Timeout;
  #closed = false;

  /** Reads what an earlier facade knew of the legacy; goes on without when facade.db can't be read. */
  constructor(options: GuardOptions) {
    this.#options = options;
    this.#records = new LegacyRecords(options.memory, options.log);
    this.#follow(options.table.current(), 0);
    this.#records.recall(this.#watches, options.now());
    this.#stopListening = options.table.onChange((next, previous) => this.#tableChanged(next, previous));
    this.#keeping = setInterval(() => this.#keep(), options.keepMs ?? 60_000).unref();
  }

  /** The side that was asked first answered, or failed to. What a fallback gave is not told: it is nobody's turn. */
  forwarded({ row, side, tableVersion }: Decision, result: ForwardResult): void {
    const watch = this.#watches.get(row.id);
    const outcome = outcomeOf(result);
    if (watch === undefined || outcome === 'nothing') return;
    // A legacy that is not there says nothing about how it answers; as a yardstick it would excuse every engine.
    if (outcome === 'unreachable') {
      if (side === 'engine') this.#foundNobody(watch, tableVersion);
    } else if (side === 'engine') this.#engineAsked(watch, tableVersion, outcome);
    else watch.legacyAsked(outcome, this.#options.now());
  }

  /** An open breaker kept a request from the engine, which was to answer it: a failure as any other. */
  keptOut({ row, tableVersion }: Decision): void {
    const watch = this.#watches.get(row.id);
    if (watch !== undefined) this.#foundNobody(watch, tableVersion);
  }

  /** A comparison of a request that was decided under the given version. */
  compared(rowId: string, tableVersion: number, verdict: Verdict): void {
    const watch = this.#watches.get(rowId);
    if (watch === undefined || verdict === 'inconclusive') return;
    if (watch.compared(tableVersion, verdict === 'mismatch', this.#options.now())) this.#consider(watch);
  }

  /** Rows that are watched or held. */
  states(): ReadonlyMap<string, GuardState> {
    this.#lookAgain();
    const states = new Map<string, GuardState>();
    for (const { row, watched, blocked } of this.#watches.values()) {
      if (watched) states.set(row.id, blocked === undefined ? 'watching' : 'blocked');
      else if (this.#options.holds.untilOf(row) !== undefined) states.set(row.id, 'held');
    }
    return states;
  }

  /** A row is being moved. */
  get busy(): boolean {
    return this.#moving.size > 0;
  }

  view(): GuardView {
    this.#lookAgain();
    return guardView([...this.#watches.values()], this.#options.holds.list(), this.#options.now());
  }

  /** For the gate: when it moved the row back last, and nobody has moved it forward since. */
  lastMoveBack(row: Pick<RouteRow, 'id' | 'group'>): HoldDown | undefined {
    return this.#options.holds.lastOf(row);
  }

  /** Stops watching, and keeps the records. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    clearInterval(this.#keeping);
    this.#keep();
  }

  #keep(): void {
    this.#records.keep(this.#watches.values());
    const problem = this.#options.holds.keepPending();
    if (problem !== undefined) this.#options.log.warn('guard hold-down', { problem: messageOf(problem) });
  }

  #foundNobody(watch: RowWatch, tableVersion: number): void {
    if (!this.#options.absence.excused) this.#engineAsked(watch, tableVersion, 'error');
  }

  #engineAsked(watch: RowWatch, tableVersion: number, outcome: 'answered' | 'error' | 'timeout'): void {
    if (!this.#options.engineThere) return;
    if (watch.engineAsked(tableVersion, outcome, this.#options.now())) this.#consider(watch);
  }

  /** Runs for each counted request: what it costs is a few comparisons of numbers, until a limit is passed. */
  #consider(watch: RowWatch): void {
    if (!watch.passesLimits) {
      if (watch.blocked !== undefined) this.#recovered(watch);
      return;
    }
    const now = this.#options.now();
    const target = targetOf(watch.row);
    if (this.#closed || now < watch.retryAt || this.#moving.has(target)) return;
    const finding = judge(watch.counts(now), watch.record(), watch.row.guard);
    if (finding === undefined) return;
    this.#moving.add(target);
    void this.#moveBack(watch, finding).finally(() => this.#moving.delete(target));
  }

  /** Where no request comes any more, none tells that the window is over. */
  #lookAgain(): void {
    for (const watch of this.#watches.values()) {
      if (watch.blocked === undefined) continue;
      watch.counts(this.#options.now());
      if (!watch.passesLimits) this.#recovered(watch);
    }
  }

  #recovered(watch: RowWatch): void {
    this.#options.log.info('guard recovered', { row: watch.row.id, blocked: watch.blocked?.reason });
    watch.blocked = undefined;
  }

  /** Never rejects. */
  async #moveBack(watch: RowWatch, finding: GuardFinding): Promise<void> {
    const { log, metrics, now, retryMs = 2000 } = this.#options;
    const first = watch.blocked === undefined;
    try {
      let reason = await this.#tryMoveBack(watch, finding, first);
      for (let tried = 1; reason !== undefined && tried < TRIES && !this.#closed; tried += 1) {
        await sleep(TRY_PAUSE_MS, undefined, { ref: false });
        reason = await this.#tryMoveBack(watch, finding, first);
      }
      if (reason === undefined) return;
      watch.retryAt = now() + retryMs;
      if (first) metrics.guardTripped(watch.row.id, finding.cause);
      this.#blocked(watch, finding, reason);
    } catch (error) {
      watch.retryAt = now() + retryMs;
      log.error('guard failed', { row: watch.row.id, cause: error instanceof Error ? error.stack : String(error) });
    }
  }

  /** @returns why it can't be, for an operator; undefined when it is done or no longer to be done */
  async #tryMoveBack(watch: RowWatch, finding: GuardFinding, first: boolean): Promise<string | undefined> {
    const { table, metrics } = this.#options;
    const snapshot = table.current();
    const { row } = watch;
    if (!watch.watched) return undefined;
    if (!this.#options.legacyAnswers()) return 'the legacy does not answer, so it could not serve the row either';
    const target = targetOf(row);
    const plan = planMoveBack(snapshot, target, this.#wayBack(row.id));
    if ('blockedBy' in plan) return `${plan.blockedBy.join(', ')} at stage retired require it and have no way back`;
    const to = plan.moves.at(-1)?.stage ?? 'legacy';
    const hold = this.#holdOf(watch.row, finding, to);
    // Before the flip, so that no moment is without: a flip forward that waits in the queue comes after it.
    const unkept = this.#options.holds.begin(hold);
    try {
      const { version, changes } = await table.flipTogether(plan.moves, { who: WHO, why: `${finding.evidence}.` });
      if (first) metrics.guardTripped(row.id, finding.cause);
      this.#moved(
        hold,
        version,
        changes.map(({ id }) => id),
        unkept,
      );
      return undefined;
    } catch (error) {
      this.#takeBackHold(target);
      if (!(error instanceof TableError)) throw error;
      // Somebody else was quicker.
      if (error.code === 'nothing_to_change' || error.code === 'unknown_target') return undefined;
      return `the table can't be changed (${error.code}): ${error.message.split('\n')[0]}`;
    }
  }

  #wayBack(row: string): 'legacy' | 'shadow' {
    try {
      return wayBackStage(this.#options.table.versions(MOST_VERSIONS), row);
    } catch (error) {
      this.#options.log.warn('guard history', { row, error: String(error) });
      return 'legacy'; // Always a way back.
    }
  }

  #holdOf(row: RouteRow, { cause, evidence }: GuardFinding, to: string): HoldDown {
    const movedAt = this.#options.wallClock();
    const until = movedAt + row.guard.holdDownMs;
    return { target: targetOf(row), row: row.id, cause, evidence, from: stageWords(row), to, movedAt, until };
  }

  #takeBackHold(target: string): void {
    const problem = this.#options.holds.withdraw(target);
    if (problem !== undefined) this.#options.log.warn('guard hold-down', { target, problem: messageOf(problem) });
  }

  /** @param unkept why facade.db does not have the hold-down; undefined when it has */
  #moved(hold: HoldDown, version: number, rows: readonly string[], unkept: unknown): void {
    const { log, alerts } = this.#options;
    const { movedAt, until, ...told } = hold;
    const heldUntil = new Date(until).toISOString();
    const details = {
      ...told,
      rows,
      version,
      heldUntil,
      ...(unkept === undefined ? {} : { unkept: messageOf(unkept) }),
    };
    log.warn('guard moved back', details);
    const words = `${hold.target} was moved back from ${hold.from} to ${hold.to}: ${hold.evidence}.`;
    const warning = unkept === undefined ? '' : ' A restart now would forget the hold-down: facade.db did not take it.';
    alerts.tell({ event: 'guard_moved_back', text: words + warning, details });
  }

  #blocked(watch: RowWatch, { cause, evidence }: GuardFinding, reason: string): void {
    const { log, alerts, wallClock } = this.#options;
    if (watch.blocked?.reason === reason) return;
    const first = watch.blocked === undefined;
    watch.blocked = { since: watch.blocked?.since ?? wallClock(), reason };
    const told = { target: targetOf(watch.row), row: watch.row.id, cause, evidence, reason };
    log.error('guard blocked', told);
    // Once for each time that a limit is passed: the reason may change from try to try.
    if (!first) return;
    const words = `${told.target} should go back and can't, because ${reason}. ${evidence}.`;
    alerts.tell({ event: 'guard_blocked', text: words, details: told });
  }

  #tableChanged(next: TableSnapshot, previous: TableSnapshot): void {
    // Only a forced flip gets here while the row is held. Whoever moves one forward has taken over, later too.
    for (const { target, until } of this.#options.holds.overtaken(next, previous)) {
      if (until > this.#options.wallClock())
        this.#options.log.warn('guard hold-down ended', { target, why: 'the row was moved forward by force' });
      this.#takeBackHold(target);
    }
    this.#follow(next, next.version);
    this.#records.keep(this.#watches.values());
  }

  #follow(table: TableSnapshot, version: number): void {
    const rows = comparedRows(table).filter((row) => !isTask(row));
    for (const row of rows) {
      const watch = this.#watches.get(row.id);
      if (watch === undefined) this.#watches.set(row.id, new RowWatch(row, version));
      else watch.follow(row, version);
    }
    const ids = new Set(rows.map(({ id }) => id));
    for (const id of [...this.#watches.keys()]) if (!ids.has(id)) this.#watches.delete(id);
  }
}

function targetOf({ id, group }: RouteRow): string {
  return group ?? id;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
