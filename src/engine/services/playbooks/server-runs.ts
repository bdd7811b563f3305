/**
 * Runs playbooks on this server (assemblies-and-runs 8): a few at a time, the others wait. Whatever becomes of a run, its files are
 * removed, and its rows say how it ended. Owns the processes; none outlives `close`.
 */
import type { ServerRun, ServerRunEnd } from '../../domain/playbook-run.js';
import type { RequestContext, ServerRunSink } from '../request-context.js';
import { endServerRun } from './end-server-run.js';
import { executePlaybook, failedRun, type PlaybookSurroundings } from './execute-playbook.js';
import { recoverServerRuns } from './recover-server-runs.js';
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

export class ServerRuns implements ServerRunSink {
  readonly #options: ServerRunsOptions;
  readonly #waiting: ServerRun[] = [];
  /** Everything that `close` waits for: runs, and ends of those that never began. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #running = 0;

  constructor(options: ServerRunsOptions) {
    this.#options = options;
  }

  start(run: ServerRun): void {
    if (this.#closing.signal.aborted) this.#track(this.#end(run, STOPPED));
    else if (this.#waiting.length >= MOST_WAITING) this.#track(this.#end(run, CROWDED));
    else this.#waiting.push(run);
    this.#begin();
  }

  /** Runs that an engine before this one began and did not end. To be asked before this one begins any. */
  async left(): Promise<readonly string[]> {
    return await this.#options.contextFor().unitOfWork.read(({ serverRuns }) => serverRuns.list());
  }

  /** Ends them: programs, files and rows. @throws EngineError, or what the disk says; the rest is tried at the next start */
  async recover(left: readonly string[]): Promise<void> {
    await recoverServerRuns(this.#options.folder, left, this.#options.contextFor());
  }

  /** Ends all runs. Resolves when their programs and files are gone, and their rows say so. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const run of this.#waiting.splice(0)) this.#track(this.#end(run, STOPPED));
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
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
    await this.#end(run, end, await this.#clean(run.runId, context));
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

  /** Never rejects. What can't be written stays noted, and is ended at the next start. */
  async #end({ runId, hostname }: ServerRun, end: ServerRunEnd, isGone = true): Promise<void> {
    const context = this.#options.contextFor();
    try {
      await endServerRun(runId, end, { isGone }, context);
      context.log.info(`server-run-ended run=${runId} host=${JSON.stringify(hostname)} status=${end.status}`);
    } catch (error) {
      context.log.error(`server-run-not-ended run=${runId} ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}

function endedBy(how: string, { stdout, stderr }: ServerRunEnd): ServerRunEnd {
  const error = `The playbook was ended ${how}.`;
  const said = stderr === '' || stderr.endsWith('\n') ? stderr : `${stderr}\n`;
  return { ...failedRun(error), stdout, stderr: `${said}${error}\n` };
}
