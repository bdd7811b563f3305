/**
 * One event from when the legacy gets it until it has acknowledged it: gathers what the legacy emits to the client meanwhile, and
 * then has all of it compared. Holds a snapshot of the database and bytes of the budget, and gives both back whatever happens.
 */
import type { EmittedEvent } from '../../legacy-bridge/effects/effects.js';
import { EffectsError } from '../../legacy-bridge/effects/effects-error.js';
import { mayCause } from '../../legacy-bridge/realtime/caused-events.js';
import type { ComparisonInput, ObservedEffects, SideOutcome } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import { rowsBytes } from '../comparing/pair-bytes.js';
import type { EventComparison } from '../sockets/split/event-shadow.js';
import type { Overhearing } from '../sockets/split/overhearing.js';
import { comparedEvent } from './compared-event.js';
import type { EventSubject, PreparedEvent } from './event-comparisons.js';
import { nameOf, readEmitted } from './read-emitted.js';
import { compareLater, drop, type ShadowParts, unattended } from './shadow-parts.js';

const JSON_HEADERS = [['content-type', 'application/json']] as const;
/** Stand for what became of the event, so that coverage tells handled ones from failed ones. */
const HANDLED = 200;
const FAILED = 500;
/** What goes to all reaches two clients one after the other. */
const LATE_MS = 500;

export class HandledEvent implements EventComparison {
  readonly #parts: ShadowParts;
  readonly #subject: EventSubject;
  readonly #prepared: PreparedEvent;
  #bytes: number;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #passedAt = 0;
  #legacyAt = 0;
  /** Data of the legacy's emissions: lists that begin with a name. */
  readonly #emitted: string[] = [];
  #overhearing: Overhearing | undefined;
  /** Emissions that can't be looked into. */
  #unread = false;

  constructor(parts: ShadowParts, subject: EventSubject, prepared: PreparedEvent) {
    this.#parts = parts;
    this.#subject = subject;
    this.#prepared = prepared;
    this.#bytes = subject.bytes;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  passedOn(): void {
    const { now, wallClock, settings } = this.#parts;
    this.#passedAt = now();
    this.#legacyAt = wallClock();
    this.#overhearing = this.#subject.event.overhear();
    this.#timer = setTimeout(() => this.#end('legacy_timeout'), settings.copyTimeoutMs);
  }

  emitted(data: string | undefined): void {
    if (this.#isOver) return;
    if (data === undefined) this.#unread = true;
    else if (data.length > this.#parts.settings.maxBodyBytes) this.#end('answer_too_large');
    else if (this.#take(data.length)) this.#emitted.push(data);
  }

  acknowledged(data: string): void {
    if (this.#isOver || !this.#take(data.length)) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const { now, ledger } = this.#parts;
    const ms = now() - this.#passedAt;
    const disturbed = this.#prepared.disturbedEarly || ledger.touchedSince(this.#subject.mark);
    const answer = { status: HANDLED, headers: JSON_HEADERS, body: Buffer.from(data) };
    const conclude = (): Promise<void> => this.#conclude({ outcome: 'answered', answer, ms }, disturbed);
    unattended(this.#parts, this.#subject, conclude, () => this.#release());
  }

  giveUp(): void {
    this.#end('client_gone');
  }

  #take(bytes: number): boolean {
    const has = this.#parts.budget.take(bytes);
    if (has) this.#bytes += bytes;
    else this.#end('memory');
    return has;
  }

  #end(reason: DropReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#release();
    drop(this.#parts, this.#subject, reason);
  }

  #release(): void {
    this.#prepared.observation.close();
    this.#overhearing?.stop();
    this.#parts.budget.give(this.#bytes);
    this.#bytes = 0;
  }

  async #conclude(legacy: SideOutcome, disturbed: boolean): Promise<void> {
    const { budget } = this.#parts;
    const { dryRun, engineBuild } = this.#prepared;
    const seen = await this.#seenRows(disturbed);
    const reason = typeof seen === 'string' ? seen : budget.take(rowsBytes(seen.effects)) ? undefined : 'memory';
    if (typeof seen === 'string' || reason !== undefined) {
      this.#release();
      drop(this.#parts, this.#subject, reason ?? 'memory');
      return;
    }
    this.#bytes += rowsBytes(seen.effects);
    await this.#overhearing?.wait(this.#emitted, LATE_MS);
    const input = (): ComparisonInput => {
      const { engineEvents, notSeen } = this.#engineEvents();
      return {
        request: comparedEvent(this.#subject),
        kind: 'write',
        answeredBy: 'legacy',
        legacy,
        engine: engineOutcome(dryRun),
        effects: {
          legacy: { ...seen, effects: { ...seen.effects, events: this.#legacyEvents(engineEvents) } },
          engine: { ...dryRun.effects, events: engineEvents },
          engineNotSeen: [...dryRun.notSeen, ...notSeen],
        },
        engineBuild,
        legacyAt: this.#legacyAt,
      };
    };
    compareLater(this.#parts, this.#subject, { input, release: () => this.#release() });
  }

  async #seenRows(disturbed: boolean): Promise<ObservedEffects | DropReason> {
    const { ledger, log } = this.#parts;
    const { mark } = this.#subject;
    try {
      let touched: boolean | undefined;
      const seen = await this.#prepared.observation.finish(this.#prepared.dryRun.effects, () => {
        touched = ledger.touchedSince(mark);
      });
      // Where every table was looked through and none has changed, nobody wrote since the acknowledgement.
      const mayHaveChanged = seen.effects.rows.length + seen.notSearched.length > 0;
      const later = mayHaveChanged && (touched ?? ledger.touchedSince(mark));
      return { ...seen, eventsSeen: !this.#unread, disturbed: seen.disturbed || disturbed || later };
    } catch (error) {
      if (!(error instanceof EffectsError)) throw error;
      log.debug('effects unseen', { code: error.code });
      return error.code === 'effects_too_large' ? error.code : 'effects_unseen';
    }
  }

  /** What is emitted to a room reaches this client only if it is in the room: where it did not, nobody saw whether it was emitted. */
  #engineEvents(): { readonly engineEvents: readonly EmittedEvent[]; readonly notSeen: readonly string[] } {
    const { events } = this.#prepared.dryRun.effects;
    const heard = new Set(this.#emitted.map(nameOf));
    const engineEvents = events.filter(({ room, event }) => room === null || heard.has(event));
    const notSeen = engineEvents.length < events.length ? ['events to rooms that the sender is not in'] : [];
    return { engineEvents, notSeen };
  }

  /** Of this event: what its handler can't cause came of somebody else, as from a scheduler. */
  #legacyEvents(engine: readonly EmittedEvent[]): readonly EmittedEvent[] {
    const { event } = this.#subject.event.row;
    return this.#emitted.flatMap((data) => {
      const name = nameOf(data);
      if (name === undefined) return [];
      if (!mayCause(event, name) && !engine.some((one) => one.event === name)) return [];
      return readEmitted(data, engine, this.#overhearing?.has(data));
    });
  }
}

function engineOutcome({ outcome, ack, ms }: PreparedEvent['dryRun']): SideOutcome {
  const isHandled = outcome === 'handled';
  const answer = {
    status: isHandled ? HANDLED : FAILED,
    headers: JSON_HEADERS,
    body: Buffer.from(isHandled ? ack : ''),
  };
  return { outcome: 'answered', answer, ms };
}
