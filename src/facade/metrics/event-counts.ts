/** What is counted of events of bridged sessions, by row, side and fate. On the hot path: adds numbers, allocates nothing. */
import type { Side } from '../side.js';
import type { Sample } from './collected-metric.js';
import type { EventFateWord } from './event-metrics.js';
import { Histogram } from './histogram.js';
import { EVENT_BUCKETS } from './metric-definitions.js';

/** How often one thing became of one event. */
export interface EventCount {
  /** `other` for events without a row. */
  readonly event: string;
  readonly side: Side;
  readonly outcome: EventFateWord;
  readonly count: number;
}

interface OfEvent {
  readonly counts: Record<Side, Map<EventFateWord, { count: number }>>;
  readonly durations: Histogram;
  timed: boolean;
}

export class EventCounts {
  readonly #events = new Map<string, OfEvent>();

  /** @param seconds until the engine was done; 0 where nobody waits for an end */
  add(event: string, side: Side, outcome: EventFateWord, seconds: number): void {
    const of = this.#of(event);
    this.#count(of, side, outcome).count += 1;
    if (seconds <= 0) return;
    of.timed = true;
    of.durations.add(seconds);
  }

  /** What has happened. */
  *list(): Generator<EventCount> {
    for (const one of this.#all()) if (one.count > 0) yield one;
  }

  *#all(): Generator<EventCount> {
    for (const [event, { counts }] of this.#events)
      for (const side of ['legacy', 'engine'] as const)
        for (const [outcome, { count }] of counts[side]) yield { event, side, outcome, count };
  }

  /** @param expected series that are there from now on, if only at 0 */
  *samples(expected: Iterable<readonly [event: string, side: Side, outcome: EventFateWord]>): Generator<Sample> {
    for (const [event, side, outcome] of expected) this.#count(this.#of(event), side, outcome);
    for (const { event, side, outcome, count } of this.#all()) yield { labels: { event, side, outcome }, value: count };
  }

  *durations(name: string): Generator<Sample> {
    for (const { durations, timed } of this.#events.values()) if (timed) yield* durations.samples(name);
  }

  #count({ counts }: OfEvent, side: Side, outcome: EventFateWord): { count: number } {
    let count = counts[side].get(outcome);
    if (count === undefined) {
      count = { count: 0 };
      counts[side].set(outcome, count);
    }
    return count;
  }

  #of(event: string): OfEvent {
    let of = this.#events.get(event);
    if (of === undefined) {
      const counts = { legacy: new Map(), engine: new Map() };
      of = { counts, durations: new Histogram(EVENT_BUCKETS, { event }), timed: false };
      this.#events.set(event, of);
    }
    return of;
  }
}
