/** Reads evidence out of facade.db: one pass over each table for all rows asked for. Runs in the store's worker. Writes nothing. */
import type { Database, Statement } from 'better-sqlite3';
import type { Side } from '../../side.js';
import type { DifferenceKind, Verdict } from '../comparison.js';
import { type CellRow, coverageOf, reasons, type SeenRow, type ShapeRow } from './coverage-ledger.js';
import type {
  Evidence,
  EvidencePeriod,
  LatencySummary,
  MismatchGroup,
  PassedCount,
  ReasonCount,
  UnseenCount,
  VerdictCounts,
} from './evidence.js';
import { percentile } from './latency-buckets.js';
import { isOf, type PeriodRow } from './period-resolver.js';

/** A row as the table in force has it. */
export interface CurrentSubject {
  readonly row: string;
  /** Undefined at stages that compare nothing. */
  readonly answeredBy: Side | undefined;
  readonly rules: string;
  /** Undefined while the engine can't be asked: the newest known build counts then. */
  readonly build: string | undefined;
}

/** Ended periods that are told, per row. */
const MOST_EARLIER = 20;
/** Of each row, where many are asked for at once: whoever takes them in serves traffic. */
const MOST_MISMATCHES = 100;

export class EvidenceReader {
  readonly #database: Database;
  readonly #periods: Statement<[], PeriodRow>;
  readonly #verdicts: Statement<[], { period: number; verdict: Verdict; count: number }>;
  readonly #seen: Statement<[], SeenRow>;
  readonly #drops: Statement<[], DropRow>;

  constructor(database: Database) {
    this.#database = database;
    this.#periods = database.prepare('SELECT * FROM comparison_periods ORDER BY row, id DESC');
    this.#verdicts = database.prepare(
      'SELECT period, verdict, sum(count) AS count FROM comparison_cells GROUP BY period, verdict',
    );
    this.#seen = database.prepare('SELECT row, what, value, count FROM comparison_seen');
    this.#drops = database.prepare('SELECT row, period, reason, count FROM comparison_drops');
  }

  /** One `Evidence` for each subject, in their order; all from one state of the file. */
  evidence(subjects: readonly CurrentSubject[]): readonly Evidence[] {
    const read = this.#database.transaction(() => this.#evidence(subjects));
    return read();
  }

  #evidence(subjects: readonly CurrentSubject[]): Evidence[] {
    const periods = grouped(this.#periods.all(), ({ row }) => row);
    const verdicts = grouped(this.#verdicts.all(), ({ period }) => period);
    const seen = grouped(this.#seen.all(), ({ row }) => row);
    const inForce = new Map(subjects.map((subject) => [subject.row, currentPeriod(periods.get(subject.row), subject)]));
    const ids = [...inForce.values()].flatMap((period) => (period === undefined ? [] : [period.id]));
    const parts = this.#partsOf(ids);
    const drops = grouped(this.#drops.all(), (one) => one.row);
    return subjects.map(({ row, answeredBy }) => {
      const period = inForce.get(row);
      const all = periods.get(row) ?? [];
      return {
        row,
        period: period && shown(period),
        counts: countsOf(verdicts.get(period?.id ?? 0) ?? []),
        ...coverageOf({ ...ledgersOf(parts, period), seen: seen.get(row) ?? [], answeredBy }),
        mismatches: mismatchesOf(parts, period?.id ?? 0, subjects.length === 1 ? undefined : MOST_MISMATCHES),
        mismatchesByKind: byKind(parts.differences.get(period?.id ?? 0) ?? []),
        latency: latencyOf(parts.latencies.get(period?.id ?? 0) ?? []),
        passed: parts.passes.get(period?.id ?? 0) ?? [],
        unseen: (parts.unseen.get(period?.id ?? 0) ?? []).map(({ what, count }) => ({ what, count })),
        drops: reasons((drops.get(row) ?? []).filter((one) => one.period === ((period ?? all[0])?.id ?? 0))),
        earlier: all
          .filter(({ id }) => id !== period?.id)
          .slice(0, MOST_EARLIER)
          .map((one) => ({ ...shown(one), counts: countsOf(verdicts.get(one.id) ?? []) })),
      };
    });
  }

  #partsOf(ids: readonly number[]): PeriodParts {
    const list = JSON.stringify(ids);
    const read = <T>(sql: string): T[] => this.#database.prepare<[string], T>(sql).all(list);
    const among = 'period IN (SELECT value FROM json_each(?))';
    return {
      cells: grouped(read<CellRow>(`SELECT * FROM comparison_cells WHERE ${among}`), ({ period }) => period),
      shapes: grouped(read<ShapeRow>(`SELECT * FROM comparison_shapes WHERE ${among}`), ({ period }) => period),
      differences: grouped(
        read<DifferenceRow>(
          `SELECT period, kind, path, count, last_at FROM comparison_differences WHERE ${among} ORDER BY count DESC`,
        ),
        ({ period }) => period,
      ),
      newest: new Map(
        read<{ period: number; kind: string; path: string; newest: number }>(
          `SELECT pairs.period, paths.kind, paths.path, max(paths.pair) AS newest
           FROM comparison_pairs AS pairs JOIN comparison_pair_paths AS paths ON paths.pair = pairs.id
           WHERE pairs.${among} GROUP BY pairs.period, paths.kind, paths.path`,
        ).map(({ period, kind, path, newest }) => [`${period}\n${kind}\n${path}`, newest]),
      ),
      latencies: grouped(
        // As one text per histogram: rows of buckets would be half of all rows that are read.
        read<LatencyRow>(
          `SELECT period, side, json_group_array(json_array(bucket, count)) AS buckets
           FROM comparison_latencies WHERE ${among} GROUP BY period, side`,
        ),
        ({ period }) => period,
      ),
      unseen: grouped(
        read<UnseenRow>(`SELECT period, what, count FROM comparison_unseen WHERE ${among} ORDER BY count DESC`),
        ({ period }) => period,
      ),
      passes: passesByPeriod(
        read<PassRow>(
          `SELECT period, passed_by, rule, count, last_at FROM comparison_passes WHERE ${among} ORDER BY count DESC`,
        ),
      ),
    };
  }
}

interface DifferenceRow {
  readonly period: number;
  readonly kind: DifferenceKind;
  readonly path: string;
  readonly count: number;
  readonly last_at: number;
}

interface LatencyRow {
  readonly period: number;
  readonly side: Side;
  /** JSON of pairs of bucket and count. */
  readonly buckets: string;
}

interface PassRow {
  readonly period: number;
  readonly passed_by: PassedCount['by'];
  readonly rule: string;
  readonly count: number;
  readonly last_at: number;
}

interface UnseenRow extends UnseenCount {
  readonly period: number;
}

interface DropRow extends ReasonCount {
  readonly row: string;
  readonly period: number;
}

interface PeriodParts {
  readonly cells: ReadonlyMap<number, readonly CellRow[]>;
  readonly shapes: ReadonlyMap<number, readonly ShapeRow[]>;
  readonly differences: ReadonlyMap<number, readonly DifferenceRow[]>;
  /** By period, kind and path. */
  readonly newest: ReadonlyMap<string, number>;
  readonly latencies: ReadonlyMap<number, readonly LatencyRow[]>;
  readonly passes: ReadonlyMap<number, readonly PassedCount[]>;
  readonly unseen: ReadonlyMap<number, readonly UnseenRow[]>;
}

/** The newest period, if it is still the one in force. */
function currentPeriod(periods: readonly PeriodRow[] | undefined, subject: CurrentSubject): PeriodRow | undefined {
  const newest = periods?.[0];
  const { answeredBy } = subject;
  if (newest === undefined || answeredBy === undefined) return undefined;
  return isOf(newest, { ...subject, answeredBy, build: subject.build ?? newest.build }) ? newest : undefined;
}

function ledgersOf({ cells, shapes }: PeriodParts, period: PeriodRow | undefined) {
  return { cells: cells.get(period?.id ?? 0) ?? [], shapes: shapes.get(period?.id ?? 0) ?? [] };
}

function shown({ id, row, answered_by, rules, build, started_at, last_at }: PeriodRow): EvidencePeriod {
  return { id, row, answeredBy: answered_by, rules, build, startedAt: iso(started_at), lastAt: iso(last_at) };
}

function countsOf(cells: readonly { readonly verdict: Verdict; readonly count: number }[]): VerdictCounts {
  const counts: Record<Verdict, number> = { match: 0, ignored: 0, mismatch: 0, inconclusive: 0 };
  for (const { verdict, count } of cells) counts[verdict] += count;
  return counts;
}

/** @param most undefined: all, of which the writer bounds how many there can be */
function mismatchesOf({ differences, newest }: PeriodParts, id: number, most?: number): MismatchGroup[] {
  return (differences.get(id) ?? []).slice(0, most).map(({ kind, path, count, last_at }) => ({
    kind,
    path,
    count,
    newest: newest.get(`${id}\n${kind}\n${path}`) ?? null,
    lastAt: iso(last_at),
  }));
}

function byKind(differences: readonly DifferenceRow[]): Evidence['mismatchesByKind'] {
  const counts: Partial<Record<DifferenceKind, number>> = {};
  for (const { kind, count } of differences) counts[kind] = (counts[kind] ?? 0) + count;
  return counts;
}

function latencyOf(rows: readonly LatencyRow[]): Record<Side, LatencySummary> {
  const of = (side: Side): LatencySummary => {
    const counts = new Map(JSON.parse(rows.find((one) => one.side === side)?.buckets ?? '[]') as [number, number][]);
    const count = [...counts.values()].reduce((sum, one) => sum + one, 0);
    return { count, p50: percentile(counts, 0.5), p99: percentile(counts, 0.99) };
  };
  return { legacy: of('legacy'), engine: of('engine') };
}

function passesByPeriod(rows: readonly PassRow[]): ReadonlyMap<number, readonly PassedCount[]> {
  return new Map(
    [...grouped(rows, ({ period }) => period)].map(([period, all]) => [
      period,
      all.map(({ passed_by, rule, count, last_at }) => ({
        by: passed_by,
        rule,
        count,
        lastAt: iso(last_at),
      })),
    ]),
  );
}

function grouped<K, T>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
