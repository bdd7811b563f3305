/**
 * Comparing events of bridged sockets: the engine dry-runs one, then the legacy handles it, and what it acknowledged, emitted to
 * that client and wrote is set against the dry run. The event waits for the dry run, but never beyond `shadow.dryRunTimeoutMs`.
 */
import type { Observation } from '../../legacy-bridge/effects/effects-observer.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { EventComparison, EventShadow, ShadowedEvent } from '../sockets/split/event-shadow.js';
import { packetLength } from '../sockets/split/packet-assembler.js';
import type { EventRow } from '../table/table-snapshot.js';
import { dryRunOf, type EventDryRun } from './event-dry-run.js';
import { HandledEvent } from './handled-event.js';
import { buildAsked, drop, type NamedSubject, noteFault, type ShadowParts, unattended } from './shadow-parts.js';
import { within } from './within.js';
import type { LedgerMark } from './write-ledger.js';

export interface EventComparisonsOptions {
  readonly parts: ShadowParts;
  /** Version of the table in force. */
  readonly tableVersion: () => number;
}

/** What all of one comparison goes by. */
export interface EventSubject extends NamedSubject {
  readonly event: ShadowedEvent;
  readonly tableVersion: number;
  /** Epoch milliseconds, right before the dry run. */
  readonly at: number;
  readonly mark: LedgerMark;
  /** Bytes of the budget that the event takes. */
  readonly bytes: number;
}

/** A dry run and the snapshot that goes with it, before the legacy gets the event. */
export interface PreparedEvent {
  readonly dryRun: EventDryRun;
  readonly engineBuild: string;
  readonly observation: Observation;
  /** Somebody wrote, or may have, while the dry run and the snapshot were made. */
  readonly disturbedEarly: boolean;
}

export class EventComparisons implements EventShadow {
  readonly #parts: ShadowParts;
  readonly #tableVersion: () => number;

  constructor({ parts, tableVersion }: EventComparisonsOptions) {
    this.#parts = parts;
    this.#tableVersion = tableVersion;
  }

  wants(row: EventRow): boolean {
    const { random, shedder, comparisons, settings } = this.#parts;
    if (row.sample < 100 && random() * 100 >= row.sample) return false;
    const reason = !shedder.admits()
      ? 'loop_busy'
      : comparisons.waiting >= settings.queue
        ? 'queue_full'
        : this.#whyNot();
    if (reason !== undefined) this.#drop(row, reason);
    return reason === undefined;
  }

  busy(row: EventRow): void {
    this.#drop(row, 'in_flight');
  }

  begin(event: ShadowedEvent, ready: (comparison: EventComparison | undefined) => void): boolean {
    const { settings, budget, breakers, ledger, wallClock } = this.#parts;
    const bytes = packetLength(event.packet);
    if (bytes > settings.maxBodyBytes) return this.#drop(event.row, 'request_too_large');
    const admission = breakers.admit(event.row.id);
    if (!admission.admitted) return this.#drop(event.row, 'engine_breaker');
    if (admission.probe) return this.#probe(event);
    if (!budget.take(bytes)) {
      breakers.abandoned(event.row.id);
      return this.#drop(event.row, 'memory');
    }
    const subject: EventSubject = {
      ...named(event.row),
      ...{ event, bytes, at: wallClock(), mark: ledger.mark(), tableVersion: this.#tableVersion() },
    };
    let comparison: EventComparison | undefined;
    this.#parts.dryRuns.underWay += 1;
    const prepare = async (): Promise<void> => {
      try {
        const prepared = await this.#prepare(subject);
        if (typeof prepared === 'string') drop(this.#parts, subject, prepared);
        else comparison = new HandledEvent(this.#parts, subject, prepared);
      } finally {
        this.#parts.dryRuns.underWay -= 1;
        if (comparison === undefined) budget.give(bytes);
        ready(comparison);
      }
    };
    prepare().catch((error: unknown) => noteFault(this.#parts, subject, error));
    return true;
  }

  /** Asked before the event waits for anything. */
  #whyNot(): DropReason | undefined {
    const { engine, observer, dryRuns, settings } = this.#parts;
    const reached = engine.now();
    if (typeof reached === 'string') return reached;
    if (observer === undefined) return 'effects_unseen';
    return dryRuns.underWay >= settings.dryRuns || observer.isFull() ? 'in_flight' : undefined;
  }

  /** Snapshot and dry run at once: a row that changes in between is found by its values before. */
  async #prepare(subject: EventSubject): Promise<PreparedEvent | DropReason> {
    const { observer, ledger, comparing, now, settings, metrics } = this.#parts;
    const { row } = subject.event;
    if (observer === undefined) return 'effects_unseen';
    const startedAt = now();
    const buildBefore = comparing.engineBuild();
    const opening = observer.open();
    // It is awaited later, or not at all.
    opening.catch(() => undefined);
    let prepared: PreparedEvent | undefined;
    try {
      const dryRun = await this.#dryRun(subject.event);
      const seconds = (now() - startedAt) / 1000;
      if (typeof dryRun === 'string') {
        metrics.dryRunFinished('given_up', seconds);
        return dryRun;
      }
      metrics.dryRunFinished(dryRun.outcome === 'handled' ? 'answered' : 'failed', seconds);
      const left = Math.max(1, settings.dryRunTimeoutMs - (now() - startedAt));
      const observation = await within(opening, left);
      const engineBuild = buildAsked(buildBefore, comparing.engineBuild());
      if (engineBuild === undefined) return 'build_unknown';
      if (observation === undefined) return 'effects_unseen';
      prepared = { dryRun, engineBuild, observation, disturbedEarly: ledger.touchedSince(subject.mark) };
      return prepared;
    } finally {
      if (prepared === undefined) void opening.then((late) => late.close()).catch(() => undefined);
      this.#parts.log.debug('event dry run', { row: row.id, prepared: prepared !== undefined });
    }
  }

  /** Tells the row's breaker what came of it, in time or too late. */
  #dryRun({ row, packet, ask }: ShadowedEvent): Promise<EventDryRun | DropReason> {
    const { breakers, settings } = this.#parts;
    return new Promise((resolve) => {
      let isOver = false;
      const settle = (result: EventDryRun | DropReason): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        if (typeof result !== 'string') breakers.succeeded(row.id);
        else if (FAILURES.has(result)) breakers.failed(row.id);
        else breakers.abandoned(row.id);
        resolve(result);
      };
      const timer = setTimeout(() => settle('engine_timeout'), settings.dryRunTimeoutMs);
      if (!ask(packet, (fate) => settle(dryRunOf(fate)))) settle('engine_unreachable');
    });
  }

  /** Whether the engine is well again is found out beside the event, which does not wait for it. */
  #probe(event: ShadowedEvent): false {
    this.#parts.dryRuns.underWay += 1;
    const ask = async (): Promise<void> => {
      try {
        await this.#dryRun(event);
      } finally {
        this.#parts.dryRuns.underWay -= 1;
      }
    };
    unattended(this.#parts, named(event.row), ask, () => this.#parts.breakers.abandoned(event.row.id));
    return this.#drop(event.row, 'engine_breaker');
  }

  #drop(row: EventRow, reason: DropReason): false {
    drop(this.#parts, named(row), reason);
    return false;
  }
}

const FAILURES: ReadonlySet<DropReason> = new Set(['engine_timeout', 'engine_unreachable', 'engine_no_dry_run']);

function named({ id }: EventRow): NamedSubject {
  return { decision: { row: { id }, copy: { kind: 'write' } } };
}
