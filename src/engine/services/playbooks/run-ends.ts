/**
 * Writes how runs ended: one transaction at a time, each for many. What can't be written is kept within a bound of memory and tried again,
 * with growing pauses, until `close`; then it stays noted for the next start. Never rejects.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { EngineError } from '../../domain/engine-error.js';
import type { ServerRunEnd } from '../../domain/playbook-run.js';
import type { RequestContext } from '../request-context.js';
import { giveWay } from '../scheduling/give-way.js';
import { type EndedRun, endServerRuns } from './end-server-run.js';

export interface RunEndsOptions {
  readonly contextFor: () => RequestContext;
  /** Called when the rows of a run say how it ended. */
  readonly onWritten: (runId: string) => Promise<void>;
  /** Bytes of outputs that wait; of what comes beyond that only how it ended is kept. Default: 64 million. */
  readonly mostBytes?: number;
  /** The first pause; each is twice the one before. Default: 250. */
  readonly pauseMs?: number;
}

/** Of one transaction: requests, and the legacy, wait for its end. */
const BATCH = { most: 100, mostBytes: 16_000_000 } as const;
const LONGEST_PAUSE_MS = 30_000;
/** Between tries while somebody waits for the end of all. */
const CLOSING_PAUSE_MS = 200;
const NOT_KEPT = 'What it printed was not kept: the database could not be written for too long.\n';

export class RunEnds {
  readonly #options: RunEndsOptions;
  readonly #waiting: EndedRun[] = [];
  #bytes = 0;
  #work: Promise<void> | undefined;
  /** Ends a pause. */
  #wake = new AbortController();
  #isClosing = false;
  /** Nobody waits any more: nothing more is tried. */
  #isOver = false;
  /** So many are written each alone: one of them is refused. */
  #alone = 0;

  constructor(options: RunEndsOptions) {
    this.#options = options;
  }

  add(ended: EndedRun): void {
    const { mostBytes = 64_000_000 } = this.#options;
    const kept =
      this.#bytes + bytesOf(ended.end) > mostBytes
        ? { ...ended, end: { ...ended.end, stdout: '', stderr: NOT_KEPT } }
        : ended;
    this.#bytes += bytesOf(kept.end);
    this.#waiting.push(kept);
    this.#begin();
  }

  /** Resolves when all is written, at the latest after the limit. May be called again when more has been added. */
  async close(limitMs: number): Promise<void> {
    this.#isClosing = true;
    this.#isOver = false;
    this.#wake.abort();
    this.#begin();
    const limit = new AbortController();
    const over = pause(limitMs, undefined, { signal: limit.signal }).catch(() => undefined);
    await Promise.race([this.#work, over]);
    limit.abort();
    this.#isOver = true;
    const left = this.#waiting.length;
    if (left > 0) this.#options.contextFor().log.error(`server-runs-not-ended count=${left}: tried at the next start`);
  }

  #begin(): void {
    if (this.#isOver || this.#work !== undefined || this.#waiting.length === 0) return;
    this.#work = this.#writeAll().finally(() => {
      this.#work = undefined;
      this.#begin();
    });
  }

  async #writeAll(): Promise<void> {
    const { pauseMs = 250 } = this.#options;
    let next = pauseMs;
    while (this.#waiting.length > 0 && !this.#isOver) {
      const batch = this.#next();
      const error = await this.#write(batch);
      if (error === undefined) {
        next = pauseMs;
        await giveWay();
      } else if (isPassing(error)) {
        await this.#pause(next);
        next = Math.min(next * 2, LONGEST_PAUSE_MS);
      } else if (batch.length > 1) this.#alone = batch.length;
      else this.#drop(batch);
    }
  }

  /** @returns why they were not written */
  async #write(batch: readonly EndedRun[]): Promise<unknown> {
    const context = this.#options.contextFor();
    try {
      await endServerRuns(batch, context);
    } catch (error) {
      if (!this.#isOver) context.log.warn(`server-runs-not-ended count=${this.#waiting.length} ${causeOf(error)}`);
      return error;
    }
    this.#drop(batch);
    for (const { run, end } of batch) {
      context.log.info(`server-run-ended run=${run.runId} status=${end.status}`);
      await this.#options.onWritten(run.runId);
    }
    return undefined;
  }

  #next(): readonly EndedRun[] {
    const most = this.#alone > 0 ? 1 : BATCH.most;
    let [count, bytes] = [0, 0];
    for (const { end } of this.#waiting.slice(0, most)) {
      bytes += bytesOf(end);
      if (count > 0 && bytes > BATCH.mostBytes) break;
      count += 1;
    }
    return this.#waiting.slice(0, count);
  }

  #drop(batch: readonly EndedRun[]): void {
    this.#waiting.splice(0, batch.length);
    for (const { end } of batch) this.#bytes -= bytesOf(end);
    this.#alone = Math.max(0, this.#alone - batch.length);
  }

  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    const { signal } = this.#wake;
    await pause(this.#isClosing ? CLOSING_PAUSE_MS : ms, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** A lock, a full disk: it may be over the next time. */
function isPassing(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'database_busy' || error.code === 'database_unavailable');
}

function causeOf(error: unknown): string {
  if (error instanceof EngineError) return `code=${error.code} cause=${String(error.cause)}`;
  return error instanceof Error ? String(error.stack) : String(error);
}

function bytesOf({ stdout, stderr }: ServerRunEnd): number {
  return stdout.length + stderr.length;
}
