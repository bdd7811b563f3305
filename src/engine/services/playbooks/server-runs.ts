/**
 * Runs playbooks on this server (assemblies-and-runs 8): a few at a time, the others wait. Whatever becomes of a run, its files are
 * removed, and its rows say how it ended. Owns the processes: none of their groups outlives `close`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerRun, ServerRunEnd } from '../../domain/playbook-run.js';
import type { RequestContext, ServerRunSink } from '../request-context.js';
import { executePlaybook, failedRun, type PlaybookSurroundings } from './execute-playbook.js';
import { forgetEnd, keepEnd } from './kept-ends.js';
import { recoverServerRuns } from './recover-server-runs.js';
import { RunEnds } from './run-ends.js';
import { removeWorkspace } from './run-workspace.js';

export interface ServerRunsOptions extends PlaybookSurroundings {
  /** Runs that go on at the same time. */
  readonly atOnce: number;
  /** After so long a run is ended. */
  readonly mostSeconds: number;
  readonly contextFor: () => RequestContext;
}

/** Each holds its playbook. */
const MOST_WAITING = 10_000;
const CROWDED = failedRun(`${MOST_WAITING} playbooks wait to be run on the server already.`);
const STOPPED = failedRun('The server was stopped before the playbook had ended.');
/** Between looks for runs of an engine that lived at the last one, or that could not be read. */
const LOOK_AGAIN_MS = 60_000;
/** What `close` gives the database, whatever the limit. */
const LEAST_LIMIT_MS = 500;

export class ServerRuns implements ServerRunSink {
  readonly #options: ServerRunsOptions;
  readonly #waiting: ServerRun[] = [];
  readonly #ends: RunEnds;
  /** Everything that `close` waits for, besides the ends. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #running = 0;

  constructor(options: ServerRunsOptions) {
    this.#options = options;
    const { folder, contextFor } = options;
    this.#ends = new RunEnds({
      contextFor,
      onWritten: (runId) =>
        forgetEnd(folder, runId).catch((error: unknown) =>
          contextFor().log.warn(`server-run-end-left run=${runId} cause=${String(error)}`),
        ),
    });
  }

  start(run: ServerRun): void {
    if (this.#closing.signal.aborted) this.#ends.add({ run, end: STOPPED, isGone: true });
    else if (this.#waiting.length >= MOST_WAITING) this.#ends.add({ run, end: CROWDED, isGone: true });
    else this.#waiting.push(run);
    this.#begin();
  }

  /** Begins to end what engines that are gone began and did not end. To be asked when this one is ready: it may take long. */
  recover(): void {
    this.#track(this.#recover());
  }

  /**
   * Ends all runs. Resolves when their programs and files are gone, and their rows say so, or stay noted for the next start.
   * @param limitMs how long the rows are tried. Default: shortly
   */
  async close(limitMs = 0): Promise<void> {
    const startedAt = performance.now();
    this.#closing.abort();
    for (const run of this.#waiting.splice(0)) this.#ends.add({ run, end: STOPPED, isGone: true });
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.#ends.close(Math.max(limitMs - (performance.now() - startedAt), LEAST_LIMIT_MS));
  }

  #begin(): void {
    while (this.#running < this.#options.atOnce) {
      const run = this.#waiting.shift();
      if (run === undefined) return;
      this.#running += 1;
      this.#track(
        this.#run(run).finally(() => {
          this.#running -= 1;
          this.#begin();
        }),
      );
    }
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async #run(run: ServerRun): Promise<void> {
    const context = this.#options.contextFor();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#options.mostSeconds * 1000);
    const signal = AbortSignal.any([this.#closing.signal, limit.signal]);
    let end: ServerRunEnd;
    try {
      end = await executePlaybook(run, this.#options, signal, context);
      if (signal.aborted && end.status !== 'Success')
        end = endedBy(
          limit.signal.aborted ? `after ${this.#options.mostSeconds} s` : 'because the server was stopped',
          end,
        );
    } catch (error) {
      context.log.error(`server-run-failed run=${run.runId} ${error instanceof Error ? error.stack : String(error)}`);
      end = failedRun('The playbook could not be run; the log of the server says why.');
    } finally {
      clearTimeout(timer);
    }
    await this.#keep(run.runId, end, context);
    this.#ends.add({ run, end, isGone: await this.#clean(run.runId, context) });
  }

  /** Never rejects. */
  async #keep(runId: string, end: ServerRunEnd, { log }: RequestContext): Promise<void> {
    try {
      await keepEnd(this.#options.folder, runId, end);
    } catch (error) {
      log.warn(`server-run-end-not-kept run=${runId} cause=${String(error)}`);
    }
  }

  /** Never rejects. @returns whether nothing is left */
  async #clean(runId: string, { log }: RequestContext): Promise<boolean> {
    try {
      await removeWorkspace(this.#options.folder, runId);
      return true;
    } catch (error) {
      log.error(`server-run-files-left run=${runId} cause=${String(error)}: removed at the next start`);
      return false;
    }
  }

  /** Never rejects. */
  async #recover(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const context = this.#options.contextFor();
      try {
        if ((await recoverServerRuns(this.#options.folder, this.#ends, signal, context)) === 0) return;
      } catch (error) {
        const cause = error instanceof Error ? error.stack : String(error);
        context.log.error(`server-runs-not-recovered ${cause}: tried again`);
      }
      await pause(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function endedBy(how: string, { stdout, stderr }: ServerRunEnd): ServerRunEnd {
  const error = `The playbook was ended ${how}.`;
  const said = stderr === '' || stderr.endsWith('\n') ? stderr : `${stderr}\n`;
  return { ...failedRun(error), stdout, stderr: `${said}${error}\n` };
}
