/**
 * Starts the engine as a child process on a Unix socket and keeps it running: restarts with growing pauses,
 * ends one that hangs. Never holds up traffic: rows fall back while there is no engine.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Log } from '../logging/log.js';
import type { EngineState } from './engine-state.js';

export interface EngineSupervisorOptions {
  /** The engine's main module. */
  readonly entry: string;
  /** Flags for Node itself, such as a loader when running from sources. */
  readonly execArgv?: readonly string[];
  /** The engine's environment, whole. */
  readonly env: NodeJS.ProcessEnv;
  /** Asks the engine for /health; false or rejecting means that it did not answer well in time. */
  readonly probe: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** Pause between two probes of a ready engine. Default 5000. */
  readonly probeMs?: number;
  /** Failed probes in a row after which it counts as hanging. Default 3. */
  readonly probeFailures?: number;
  /** First pause before a restart; doubles up to 30 s, and starts anew after a minute of being ready. Default 250. */
  readonly backoffMs?: number;
  /** How long a stopping engine may take before it is killed. Default 10000. */
  readonly stopMs?: number;
  readonly now: () => number;
  readonly log: Log;
}

const LONGEST_BACKOFF_MS = 30_000;
const SETTLED_MS = 60_000;

export class EngineSupervisor {
  readonly #options: EngineSupervisorOptions;
  readonly #listeners = new Set<(state: EngineState) => void>();
  #child: ChildProcess | undefined;
  #state: EngineState;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: EngineSupervisorOptions) {
    this.#options = options;
    this.#state = {
      state: 'stopped',
      pid: undefined,
      build: undefined,
      restarts: 0,
      since: options.now(),
      lastEnd: undefined,
    };
  }

  state(): EngineState {
    return this.#state;
  }

  /** Called with each new state. Returns the function that stops the calls. */
  onChange(listener: (state: EngineState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts the engine; returns at once. */
  start(): void {
    if (this.#child !== undefined || this.#stopping !== undefined)
      throw new TypeError('the engine was started already');
    this.#launch();
  }

  /** Ends the engine with SIGTERM, after `stopMs` with SIGKILL. It is not started again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child !== undefined) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const kill = setTimeout(() => child.kill('SIGKILL'), this.#options.stopMs ?? 10_000);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(kill);
    }
    this.#enter({ state: 'stopped', pid: undefined });
  }

  #launch(): void {
    const { entry, execArgv, env, log, readyTimeoutMs } = this.#options;
    const child = fork(entry, [], { env, execArgv: [...(execArgv ?? [])], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    this.#enter({ state: 'starting', pid: child.pid });
    if (child.stdout) relay(child.stdout, (line) => log.info('engine-output', { line }));
    if (child.stderr) relay(child.stderr, (line) => log.warn('engine-output', { line }));
    child.on('message', (message) => {
      if (isReady(message) && this.#child === child) this.#becomeReady(buildIn(message));
    });
    child.once('error', (error) => this.#ended(child, error.message));
    child.once('exit', (code, signal) =>
      this.#ended(child, signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
    this.#timer = setTimeout(() => {
      log.warn('engine-not-ready', { afterMs: readyTimeoutMs });
      child.kill('SIGKILL');
    }, readyTimeoutMs);
  }

  #becomeReady(build: string): void {
    clearTimeout(this.#timer);
    this.#enter({ state: 'ready', pid: this.#child?.pid, build });
    this.#options.log.info('engine-ready', { pid: this.#child?.pid, restarts: this.#state.restarts });
    this.#scheduleProbe(0);
  }

  #scheduleProbe(failed: number): void {
    this.#timer = setTimeout(() => void this.#probe(failed), this.#options.probeMs ?? 5000);
  }

  async #probe(failed: number): Promise<void> {
    const child = this.#child;
    const well = await this.#options.probe().catch(() => false);
    if (child === undefined || this.#child !== child || this.#stopping !== undefined) return;
    if (well) return this.#scheduleProbe(0);
    if (failed + 1 < (this.#options.probeFailures ?? 3)) return this.#scheduleProbe(failed + 1);
    this.#options.log.error('engine-hangs', { pid: child.pid, probes: failed + 1 });
    child.kill('SIGKILL');
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    clearTimeout(this.#timer);
    const { now, log, backoffMs = 250 } = this.#options;
    if (this.#stopping !== undefined) return;
    this.#failures = this.#state.state === 'ready' && now() - this.#state.since > SETTLED_MS ? 0 : this.#failures;
    const pauseMs = Math.min(backoffMs * 2 ** this.#failures, LONGEST_BACKOFF_MS);
    this.#failures += 1;
    log.error('engine-ended', { how, restartInMs: pauseMs });
    this.#enter({ state: 'waiting', pid: undefined, lastEnd: how });
    this.#timer = setTimeout(() => {
      this.#state = { ...this.#state, restarts: this.#state.restarts + 1 };
      this.#launch();
    }, pauseMs);
  }

  #enter(change: Pick<EngineState, 'state' | 'pid'> & Partial<Pick<EngineState, 'lastEnd' | 'build'>>): void {
    this.#state = { ...this.#state, build: undefined, ...change, since: this.#options.now() };
    for (const listener of this.#listeners) listener(this.#state);
  }
}

/** What an engine says when it takes requests. */
interface ReadyMessage {
  readonly type: 'ready';
  readonly build?: unknown;
}

/** Of an engine that does not tell its build, or can't be asked. */
export const UNKNOWN_BUILD = 'unknown';

function buildIn({ build }: ReadyMessage): string {
  return typeof build === 'string' && build !== '' ? build : UNKNOWN_BUILD;
}

function isReady(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}

function relay(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take);
}
