/** The observer of the legacy's effects over a thread. Owns the thread, and how long observations may live. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../threads/start-thread.js';
import type { Effects } from './effects.js';
import { EffectsError } from './effects-error.js';
import type { EffectsObserver, Observation, SeenEffects } from './effects-observer.js';
import type { ObserverReply, ObserverRequest, ObserverThreadData } from './observer-messages.js';
import { DEFAULT_SEARCH_LIMITS, type SearchLimits } from './search-limits.js';

export interface EffectsObserverOptions {
  /** The shared database. Need not be there yet. */
  readonly file: string;
  /** Observations at once. Default 16. */
  readonly mostOpen?: number;
  /** Longest life of an observation, in milliseconds: its snapshot keeps the WAL from being reset. Default 30,000. */
  readonly maxAgeMs?: number;
  /** Longest wait for the thread, in milliseconds. Default 2000. */
  readonly answerMs?: number;
  /** The same while the thread has not answered yet, since it has to start first. Default 15,000, and never below `answerMs`. */
  readonly startMs?: number;
  /** Default: `DEFAULT_SEARCH_LIMITS`. */
  readonly limits?: Partial<SearchLimits>;
}

interface Waiting {
  readonly looked: () => void;
  readonly resolve: (seen: SeenEffects | undefined) => void;
  readonly reject: (error: EffectsError) => void;
}

/** The thread starts with the first observation, and anew after it has ended. */
export function startEffectsObserver(options: EffectsObserverOptions): EffectsObserver {
  return new ThreadObserver(options);
}

class ThreadObserver implements EffectsObserver {
  readonly #data: ObserverThreadData;
  readonly #mostOpen: number;
  readonly #maxAgeMs: number;
  readonly #answerMs: number;
  readonly #startMs: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #open = new Set<ThreadObservation>();
  #worker: Worker | undefined;
  #hasAnswered = false;
  #next = 1;
  #closed = false;

  constructor({
    file,
    mostOpen = 16,
    maxAgeMs = 30_000,
    answerMs = 2000,
    startMs = 15_000,
    limits = {},
  }: EffectsObserverOptions) {
    this.#data = { file, limits: { ...DEFAULT_SEARCH_LIMITS, ...limits } };
    this.#mostOpen = mostOpen;
    this.#maxAgeMs = maxAgeMs;
    this.#answerMs = answerMs;
    this.#startMs = Math.max(startMs, answerMs);
  }

  async open(): Promise<Observation> {
    if (this.#closed) throw new EffectsError('observer_closed', 'the observer is closed');
    if (this.#open.size >= this.#mostOpen) throw new EffectsError('observer_busy', `${this.#mostOpen} are open`);
    const id = this.#next;
    this.#next += 1;
    const observation = new ThreadObservation({
      maxAgeMs: this.#maxAgeMs,
      finish: (engine, looked) => this.#ask({ kind: 'finish', id, engine }, looked),
      ended: (told) => {
        this.#open.delete(observation);
        if (!told) this.#worker?.postMessage({ kind: 'close', id } satisfies ObserverRequest);
      },
    });
    this.#open.add(observation);
    try {
      await this.#ask({ kind: 'open', id });
      return observation;
    } catch (error) {
      observation.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#endThread('observer_closed', 'the observer is closed');
  }

  #ask(request: ObserverRequest, looked: () => void = () => undefined): Promise<SeenEffects | undefined> {
    const worker = this.#worker ?? this.#start();
    const most = this.#hasAnswered ? this.#answerMs : this.#startMs;
    return new Promise((resolve, reject) => {
      // A thread that is silent for so long stands in one call; the rest would wait with it.
      const timer = setTimeout(() => void this.#endThread('observer_timeout', `no answer within ${most} ms`), most);
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(request.id);
      };
      this.#waiting.set(request.id, {
        looked,
        resolve: (seen) => {
          settle();
          resolve(seen);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    const worker = startThread('./observer-worker', import.meta.url, { workerData: this.#data });
    let reason = 'it ended';
    this.#hasAnswered = false;
    worker.on('message', (reply: ObserverReply) => this.#take(reply));
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) void this.#endThread('observer_failed', reason);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #take(reply: ObserverReply): void {
    this.#hasAnswered = true;
    const waiting = this.#waiting.get(reply.id);
    if ('looked' in reply) waiting?.looked();
    else if ('code' in reply) waiting?.reject(new EffectsError(reply.code, reply.detail));
    else waiting?.resolve(reply.seen);
  }

  /** Snapshots go with their thread. */
  async #endThread(code: EffectsError['code'], detail: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { reject } of [...this.#waiting.values()]) reject(new EffectsError(code, detail));
    for (const observation of [...this.#open]) observation.end(new EffectsError(code, detail));
    await worker?.terminate();
  }
}

interface ObservationParts {
  readonly maxAgeMs: number;
  readonly finish: (engine: Effects, looked: () => void) => Promise<SeenEffects | undefined>;
  /** @param told the thread has ended the snapshot itself */
  readonly ended: (told: boolean) => void;
}

class ThreadObservation implements Observation {
  readonly #parts: ObservationParts;
  readonly #timer: NodeJS.Timeout;
  #over: EffectsError | undefined;

  constructor(parts: ObservationParts) {
    this.#parts = parts;
    const { maxAgeMs } = parts;
    this.#timer = setTimeout(() => {
      this.end(new EffectsError('observation_expired', `open for more than ${maxAgeMs} ms`));
    }, maxAgeMs);
    this.#timer.unref();
  }

  async finish(engine: Effects, looked: () => void = () => undefined): Promise<SeenEffects> {
    if (this.#over !== undefined) throw this.#over;
    const finishing = this.#parts.finish(engine, looked);
    this.end(new EffectsError('observer_closed', 'the observation is finished'), true);
    const seen = await finishing;
    if (seen === undefined) throw new EffectsError('observer_failed', 'an answer without effects');
    return seen;
  }

  close(): void {
    this.end(new EffectsError('observer_closed', 'the observation is closed'));
  }

  /** @param told the thread ends the snapshot itself */
  end(why: EffectsError, told = false): void {
    if (this.#over !== undefined) return;
    this.#over = why;
    clearTimeout(this.#timer);
    this.#parts.ended(told);
  }
}
