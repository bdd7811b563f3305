/**
 * Keeps comparisons. Adds them up in memory and hands them to a thread of its own every few seconds, so that no request ever
 * waits for facade.db: when that is full, locked or broken, comparisons are dropped and counted, and traffic goes on.
 */
import { isSafe } from '../../forwarding/safe-method.js';
import type { Log } from '../../logging/log.js';
import { comparedRow, comparedRows, isEvent } from '../../table/compared-rows.js';
import type { Stage } from '../../table/stage.js';
import type { RouteRow, TableSnapshot } from '../../table/table-snapshot.js';
import { generalPathOf } from '../compare/path.js';
import type { CallerKind, ComparisonInput, ComparisonResult } from '../comparison.js';
import type { ComparisonSink } from '../comparison-sink.js';
import type { GateVerdict } from '../gate/gate-verdict.js';
import { judgeRow, type MovedBack } from '../gate/judge-row.js';
import { comparedSide, nextStage } from '../gate/next-stage.js';
import { ServedCounts } from '../gate/served-counts.js';
import { pairBytes } from '../pair-bytes.js';
import type { Redactor } from '../redaction/redactor.js';
import { BatchBuffer, type CountedComparison } from './batch-buffer.js';
import type { ComparisonBatch } from './comparison-batch.js';
import { clientStatus, latenciesOf, statusClass } from './counted-parts.js';
import { NOISE } from './coverage-ledger.js';
import type { Evidence } from './evidence.js';
import type { EvidenceLimits } from './evidence-limits.js';
import type { CurrentSubject } from './evidence-reader.js';
import type { EvidenceSource, NoiseStateStore } from './evidence-source.js';
import type { PairFilter, PairSummary, StoredPair } from './kept-pair.js';
import { bucketOf } from './latency-buckets.js';
import { PairChoice, signatureOf } from './pair-choice.js';
import { parameterShape } from './parameter-shape.js';
import { rulesDigest } from './rules-digest.js';
import { StoreThread } from './store-thread.js';

export interface ComparisonStoreOptions {
  /** facade.db, opened and brought up to date before. */
  readonly file: string;
  readonly limits: EvidenceLimits;
  /** Of what is counted: targets and names in paths. */
  readonly redactor: Pick<Redactor, 'target' | 'text'>;
  /** Makes a pair fit to be kept, away from the thread that serves traffic: JSON of a `KeptPair`, redacted. */
  readonly document: (input: ComparisonInput, result: ComparisonResult) => Promise<string>;
  /** The table in force. */
  readonly table: () => TableSnapshot;
  /** Digest of the running engine's code; undefined while it can't be asked. */
  readonly engineBuild: () => string | undefined;
  /** When the guard moved a row back; default: it never did. */
  readonly movedBack?: (row: Pick<RouteRow, 'id' | 'group'>) => MovedBack | undefined;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Between two writes of what is asked for by nobody and has room in memory; default 5000. */
  readonly flushMs?: number;
}

/** How the store is, for status and alerts. */
export interface StoreHealth {
  readonly writable: boolean;
  /** Why not; undefined when it is. */
  readonly problem: string | undefined;
  /** Comparisons that were lost to that since the start. */
  readonly lost: number;
}

/** Writing takes a core for milliseconds: seldom enough that not one request in a hundred meets it. Whoever reads writes first. */
const FLUSH_MS = 5000;
/** So much sooner when a pair was kept or memory is half full: each write has room for a few pairs, and they are what people look for. */
const HURRY = 5;
const SWEEP_MS = 60_000;
/** After a failure: long enough that a broken file costs nothing. */
const RETRY_MS = 5000;
const TOO_MANY_REQUESTS = 429;
const MOST_DIFFERENCES = 50;
const MOST_PATH = 200;

export class ComparisonStore implements ComparisonSink, EvidenceSource, NoiseStateStore {
  readonly #options: ComparisonStoreOptions;
  readonly #thread: StoreThread;
  readonly #choice = new PairChoice();
  readonly #served = new ServedCounts();
  /** Pairs that are being made fit to be kept; bounded by the choice. */
  readonly #documents = new Set<Promise<void>>();
  #buffer = new BatchBuffer();
  #timer: NodeJS.Timeout | undefined;
  #hurried = false;
  #writing: Promise<void> | undefined;
  #sweptAt: number;
  #problem: string | undefined;
  #failedAt = 0;
  #lost = 0;
  #closed = false;

  constructor(options: ComparisonStoreOptions) {
    this.#options = options;
    this.#thread = new StoreThread({ file: options.file, limits: options.limits });
    this.#sweptAt = options.now();
  }

  record(input: ComparisonInput, result: ComparisonResult): void {
    if (this.#closed) return;
    try {
      this.#record(input, result);
    } catch (error) {
      // Whatever is odd about one comparison must not reach the request that it was made of.
      this.#options.log.error('comparison not kept', { row: input.request.row.id, error: String(error) });
      this.dropped(input.request.row.id, 'store_fault');
    }
    this.#schedule();
  }

  dropped(rowId: string, reason: string, engineMs?: number): void {
    if (this.#closed) return;
    const bucket = engineMs === undefined ? undefined : bucketOf(engineMs);
    this.#buffer.drop(rowId, reason, this.#options.now(), 1, bucket);
    this.#schedule();
  }

  /**
   * A side answered a client: the row has been seen to answer so, compared or not.
   * @param caller undefined where no comparison of such a request can be expected
   * @param servedAt the row's stage where it was the engine that answered
   */
  answered(
    rowId: string,
    method: string,
    status: number,
    caller: CallerKind | undefined,
    servedAt?: Stage | undefined,
  ): void {
    if (this.#closed) return;
    if (servedAt !== undefined) this.#served.answered(rowId, servedAt, status);
    // Preflights are answered by rules of their own, and are not compared.
    if (method === 'OPTIONS') return;
    const kind = isSafe(method) ? 'read' : 'write';
    const now = this.#options.now();
    // A limit that one side counts in its own memory can't be compared, so nothing may wait for it to be.
    if (status !== TOO_MANY_REQUESTS) this.#buffer.see(rowId, `${kind}-status`, statusClass(status), now);
    if (caller !== undefined) this.#buffer.see(rowId, `${kind}-caller`, caller, now);
    this.#schedule();
  }

  health(): StoreHealth {
    return { writable: this.#problem === undefined, problem: this.#problem, lost: this.#lost };
  }

  async evidenceOf(rowId: string): Promise<Evidence | undefined> {
    const row = comparedRow(this.#options.table(), rowId);
    return row && (await this.#evidence([row]))[0];
  }

  /** Of every row of the table in force, in its order, the default row last. */
  evidence(): Promise<readonly Evidence[]> {
    return this.#evidence(comparedRows(this.#options.table()));
  }

  async gateVerdict(rowId: string): Promise<GateVerdict | undefined> {
    const row = comparedRow(this.#options.table(), rowId);
    const evidence = row && (await this.#evidence([row]))[0];
    return row && evidence && this.judge(row, evidence);
  }

  judge(row: RouteRow, evidence: Evidence): GateVerdict {
    const { id, stage, gate, compare } = row;
    const now = this.#options.now();
    // Events are answered to nobody.
    const served = isEvent(row) ? undefined : this.#served.at(id, stage);
    const movedBack = this.#options.movedBack?.(row);
    const input = { row: id, stage, next: nextStage(row), gate, ignore: compare.ignore };
    return judgeRow({ ...input, evidence, served, movedBack, now });
  }

  async pairs(filter: PairFilter): Promise<readonly PairSummary[]> {
    await this.flush();
    return this.#thread.ask('pairs', filter);
  }

  async wholePairs(filter: PairFilter): Promise<readonly StoredPair[]> {
    await this.flush();
    return this.#thread.ask('wholePairs', filter);
  }

  async pair(id: number): Promise<StoredPair | undefined> {
    await this.flush();
    return this.#thread.ask('pair', id);
  }

  async loadNoise(): Promise<unknown> {
    const state = await this.#thread.ask('loadNoise');
    return state === undefined ? undefined : JSON.parse(state);
  }

  async saveNoise(state: unknown): Promise<void> {
    await this.#thread.ask('saveNoise', JSON.stringify(state));
  }

  /** Hands over what is in memory. Settles when it is written or dropped; never rejects. */
  async flush(): Promise<void> {
    await Promise.all(this.#documents);
    while (this.#writing !== undefined) await this.#writing;
    if (this.#buffer.empty) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  /** Removes what is too old or too much, now. */
  async sweep(): Promise<void> {
    this.#sweptAt = this.#options.now();
    while (await this.#thread.ask('sweep', this.#options.now()));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.flush();
    await this.#thread.close();
  }

  #record(input: ComparisonInput, result: ComparisonResult): void {
    const { request } = input;
    const counted = this.#counted(input, result);
    if (counted === undefined) return;
    if (!this.#buffer.count(counted)) return void this.dropped(request.row.id, 'store_behind');
    if (this.#buffer.halfFull) this.#hurry();
    const signature = signatureOf(counted.differences);
    if (!this.#choice.worthKeeping(counted.subject, result, signature, counted.cell.status, pairBytes(input))) return;
    const keeping = this.#keep(input, result, counted, signature).finally(() => this.#documents.delete(keeping));
    this.#documents.add(keeping);
  }

  /** Never rejects. */
  async #keep(
    input: ComparisonInput,
    result: ComparisonResult,
    counted: CountedComparison,
    signature: string,
  ): Promise<void> {
    const { request } = input;
    const { redactor, log } = this.#options;
    try {
      const document = await this.#options.document(input, result);
      this.#buffer.keep(counted, {
        at: request.at,
        verdict: result.verdict,
        signature,
        method: request.method,
        target: redactor.target(request.target),
        status: clientStatus(input) ?? 0,
        differences: counted.differences,
        document,
      });
      this.#hurry();
    } catch (error) {
      // It is counted all the same.
      log.error('pair not kept', { row: request.row.id, error: String(error) });
    }
  }

  #counted(input: ComparisonInput, result: ComparisonResult): CountedComparison | undefined {
    const { request, answeredBy } = input;
    const { table, engineBuild } = this.#options;
    // A pair that waited over a restart belongs to the engine that was asked.
    const build = input.engineBuild ?? engineBuild();
    if (build === undefined) return void this.dropped(request.row.id, 'build_unknown');
    const subject = { row: request.row.id, answeredBy, rules: rulesDigest(request.row.compare), build };
    const status = clientStatus(input);
    return {
      subject,
      current: isCurrent(comparedRow(table(), request.row.id), engineBuild(), subject),
      at: request.at,
      cell: {
        verdict: result.verdict,
        reason: result.reason ?? (isNoisy(result) ? NOISE : ''),
        status: status === undefined ? 'none' : statusClass(status),
        caller: request.caller,
      },
      shape: parameterShape(request),
      differences: this.#differences(result),
      latencies: latenciesOf(input),
      // The rule of noise is a path, made of names that come from bodies.
      passes: result.used.map(({ by, rule, count }) => ({ by, rule: this.#shown(rule), count })),
      unseen: result.notSeen.map((words) => words.slice(0, MOST_PATH)),
    };
  }

  /** Names in paths come from bodies, and could be anything. */
  #differences({ differences }: ComparisonResult): CountedComparison['differences'] {
    const general = new Map<string, CountedComparison['differences'][number]>();
    for (const { kind, path } of differences.slice(0, MOST_DIFFERENCES)) {
      const shown = this.#shown(generalPathOf(path));
      general.set(`${kind}\n${shown}`, { kind, path: shown });
    }
    return [...general.values()];
  }

  #shown(path: string): string {
    return this.#options.redactor.text(path).slice(0, MOST_PATH);
  }

  async #evidence(rows: readonly RouteRow[]): Promise<readonly Evidence[]> {
    await this.flush();
    return this.#thread.ask(
      'evidence',
      rows.map((row) => this.#subject(row)),
    );
  }

  #subject(row: RouteRow): CurrentSubject {
    const build = this.#options.engineBuild();
    return { row: row.id, answeredBy: comparedSide(row), rules: rulesDigest(row.compare), build };
  }

  #schedule(ms = this.#options.flushMs ?? FLUSH_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#hurried = false;
      void this.#turn();
    }, ms).unref();
  }

  /** Does not wait longer than that, however long it would have waited. */
  #hurry(): void {
    if (this.#hurried || this.#closed) return;
    this.#hurried = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule((this.#options.flushMs ?? FLUSH_MS) / HURRY);
  }

  async #turn(): Promise<void> {
    await this.flush();
    if (this.#problem !== undefined || this.#options.now() - this.#sweptAt < SWEEP_MS) return;
    await this.sweep().catch((error: unknown) => this.#fail(error, 0));
  }

  async #write(): Promise<void> {
    const { batch, comparisons } = this.#buffer.take();
    this.#choice.reset();
    const now = this.#options.now();
    if (this.#problem !== undefined && now - this.#failedAt < RETRY_MS && !this.#closed)
      return this.#lose(batch, comparisons);
    try {
      await this.#thread.ask('write', batch);
      if (this.#problem !== undefined) this.#options.log.info('comparisons are kept again', { lost: this.#lost });
      this.#problem = undefined;
    } catch (error) {
      this.#lose(batch, comparisons);
      this.#fail(
        error,
        [...comparisons.values()].reduce((sum, count) => sum + count, 0),
      );
    }
  }

  /** What was dropped before must not be forgotten with a batch that is. */
  #lose({ drops }: ComparisonBatch, comparisons: ReadonlyMap<string, number>): void {
    for (const { row, reason, count, lastAt, engineBucket } of drops)
      this.#buffer.drop(row, reason, lastAt, count, engineBucket);
    for (const [row, count] of comparisons) {
      this.#lost += count;
      this.#buffer.drop(row, 'store_unwritable', this.#options.now(), count);
    }
  }

  /** Said once, not each second. */
  #fail(error: unknown, lost: number): void {
    const first = this.#problem === undefined;
    this.#problem = error instanceof Error ? error.message : String(error);
    this.#failedAt = this.#options.now();
    if (first) this.#options.log.error('comparisons are not kept', { reason: this.#problem, lost });
  }
}

function isNoisy({ verdict, used }: ComparisonResult): boolean {
  return verdict === 'ignored' && used.some(({ by }) => by === 'noise');
}

/** @param build of the engine that runs now; undefined where none does, so that no other can have taken its place */
function isCurrent(
  row: RouteRow | undefined,
  build: string | undefined,
  subject: CountedComparison['subject'],
): boolean {
  if (row === undefined || (build !== undefined && build !== subject.build)) return false;
  return comparedSide(row) === subject.answeredBy && rulesDigest(row.compare) === subject.rules;
}
