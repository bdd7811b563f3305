/** Adds comparisons up until they are written. Bounded: what has no room any more is refused. Pure memory. */
import type {
  CellCount,
  ComparisonBatch,
  DifferenceCount,
  DropCount,
  LatencyCount,
  NewPair,
  PassCount,
  SeenCount,
  ShapeCount,
  UnseenWordCount,
} from './comparison-batch.js';
import type { EvidenceSubject } from './evidence.js';

/** One comparison as it is counted. */
export interface CountedComparison {
  readonly subject: EvidenceSubject;
  readonly current: boolean;
  readonly at: number;
  readonly cell: Omit<CellCount, 'count'>;
  readonly shape: string;
  readonly differences: readonly Pick<DifferenceCount, 'kind' | 'path'>[];
  readonly latencies: readonly Omit<LatencyCount, 'count'>[];
  readonly passes: readonly Omit<PassCount, 'lastAt'>[];
  readonly unseen: readonly string[];
}

/** Of counts of every kind; each takes some hundred bytes. */
const MOST_COUNTS = 50_000;

class SubjectBuffer {
  readonly cells = new Map<string, CellCount>();
  readonly shapes = new Map<string, ShapeCount>();
  readonly differences = new Map<string, DifferenceCount>();
  readonly latencies = new Map<string, LatencyCount>();
  readonly passes = new Map<string, PassCount>();
  readonly unseen = new Map<string, UnseenWordCount>();
  readonly pairs: NewPair[] = [];
  readonly subject: EvidenceSubject;
  readonly current: boolean;
  readonly firstAt: number;
  lastAt: number;

  constructor({ subject, current, at }: CountedComparison) {
    this.subject = subject;
    this.current = current;
    this.firstAt = at;
    this.lastAt = at;
  }
}

export class BatchBuffer {
  #subjects = new Map<string, SubjectBuffer>();
  #drops = new Map<string, DropCount>();
  #seen = new Map<string, SeenCount>();
  #counts = 0;
  #comparisons = new Map<string, number>();

  get empty(): boolean {
    return this.#subjects.size + this.#drops.size + this.#seen.size === 0;
  }

  get halfFull(): boolean {
    return this.#counts >= MOST_COUNTS / 2;
  }

  /** @returns false when there is no room; nothing was counted then */
  count(one: CountedComparison): boolean {
    if (this.#counts >= MOST_COUNTS) return false;
    const buffer = this.#subject(one);
    buffer.lastAt = Math.max(buffer.lastAt, one.at);
    const { cell, shape, at } = one;
    const cellKey = [cell.verdict, cell.reason, cell.status, cell.caller].join('\n');
    this.#add(buffer.cells, cellKey, 1, () => ({ ...cell, count: 0 }));
    const { verdict } = cell;
    this.#add(buffer.shapes, `${shape}\n${verdict}`, 1, () => ({ shape, verdict, count: 0 }));
    for (const { kind, path } of one.differences)
      this.#add(buffer.differences, `${kind}\n${path}`, 1, () => ({ kind, path, count: 0, lastAt: 0 })).lastAt = at;
    for (const { side, bucket } of one.latencies)
      this.#add(buffer.latencies, `${side}\n${bucket}`, 1, () => ({ side, bucket, count: 0 }));
    for (const { by, rule, count } of one.passes)
      this.#add(buffer.passes, `${by}\n${rule}`, count, () => ({ by, rule, count: 0, lastAt: 0 })).lastAt = at;
    for (const what of one.unseen) this.#add(buffer.unseen, what, 1, () => ({ what, count: 0, lastAt: 0 })).lastAt = at;
    this.#comparisons.set(one.subject.row, (this.#comparisons.get(one.subject.row) ?? 0) + 1);
    return true;
  }

  /** Of a comparison that was counted just before. */
  keep(one: CountedComparison, pair: NewPair): void {
    this.#subject(one).pairs.push(pair);
  }

  drop(row: string, reason: string, at: number, count = 1, engineBucket?: number): void {
    const key = `${row}\n${reason}\n${engineBucket ?? ''}`;
    this.#add(this.#drops, key, count, () => ({ row, reason, engineBucket, count: 0, lastAt: 0 })).lastAt = at;
  }

  see(row: string, what: SeenCount['what'], value: string, at: number): void {
    this.#add(this.#seen, `${row}\n${what}\n${value}`, 1, () => ({ row, what, value, count: 0, lastAt: 0 })).lastAt =
      at;
  }

  /** Empties the buffer. `comparisons`: how many went into the batch, by row. */
  take(): { readonly batch: ComparisonBatch; readonly comparisons: ReadonlyMap<string, number> } {
    const batch: ComparisonBatch = {
      subjects: [...this.#subjects.values()].map(
        ({ cells, shapes, differences, latencies, passes, unseen, pairs, ...rest }) => ({
          ...rest,
          cells: [...cells.values()],
          shapes: [...shapes.values()],
          differences: [...differences.values()],
          latencies: [...latencies.values()],
          passes: [...passes.values()],
          unseen: [...unseen.values()],
          pairs,
        }),
      ),
      drops: [...this.#drops.values()],
      seen: [...this.#seen.values()],
    };
    const comparisons = this.#comparisons;
    this.#subjects = new Map();
    this.#drops = new Map();
    this.#seen = new Map();
    this.#comparisons = new Map();
    this.#counts = 0;
    return { batch, comparisons };
  }

  #subject(one: CountedComparison): SubjectBuffer {
    const { row, answeredBy, rules, build } = one.subject;
    const key = [row, answeredBy, rules, build, one.current].join('\n');
    let buffer = this.#subjects.get(key);
    if (buffer === undefined) {
      buffer = new SubjectBuffer(one);
      this.#subjects.set(key, buffer);
    }
    return buffer;
  }

  #add<T extends { count: number }>(counts: Map<string, T>, key: string, by: number, make: () => T): T {
    let entry = counts.get(key);
    if (entry === undefined) {
      entry = make();
      counts.set(key, entry);
      this.#counts += 1;
    }
    entry.count += by;
    return entry;
  }
}
