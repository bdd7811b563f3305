/** The observer of the legacy's effects over a thread. Owns how many observations there are, and how long they may live. */
import { AskedThread } from '../threads/asked-thread.js';
import { ThreadError, type ThreadErrorCode } from '../threads/thread-error.js';
import type { Effects } from './effects.js';
import { EffectsError, type EffectsErrorCode, isEffectsErrorCode } from './effects-error.js';
import type { EffectsObserver, Observation, SeenEffects } from './effects-observer.js';
import type { ObserverAnswer, ObserverNews, ObserverQuestion, ObserverThreadData } from './observer-messages.js';
import { DEFAULT_SEARCH_LIMITS, type SearchLimits } from './search-limits.js';

export interface EffectsObserverOptions {
  /** The shared database. Need not be there yet. */
  readonly file: string;
  /** Observations at once, those included whose search is not over. Default 32. */
  readonly mostOpen?: number;
  /** Longest life of an observation, in milliseconds: its snapshot keeps the WAL from being reset. Default 30,000. */
  readonly maxAgeMs?: number;
  /** Longest silence of the thread while it is waited for, in milliseconds; then it is ended. Default 2000. */
  readonly answerMs?: number;
  /** The same while it has said nothing yet, since it has to start first. Default 15,000, and never below `answerMs`. */
  readonly startMs?: number;
  /** Default: `DEFAULT_SEARCH_LIMITS`. */
  readonly limits?: Partial<SearchLimits>;
}

/** The thread starts with the first observation, and anew after it has ended. */
export function startEffectsObserver(options: EffectsObserverOptions): EffectsObserver {
  return new ThreadObserver(options);
}

class ThreadObserver implements EffectsObserver {
  readonly #thread: AskedThread<ObserverQuestion, ObserverAnswer, ObserverNews>;
  readonly #mostOpen: number;
  readonly #maxAgeMs: number;
  readonly #open = new Set<ThreadObservation>();
  #next = 1;

  constructor({
    file,
    mostOpen = 32,
    maxAgeMs = 30_000,
    answerMs = 2000,
    startMs = 15_000,
    limits = {},
  }: EffectsObserverOptions) {
    this.#mostOpen = mostOpen;
    this.#maxAgeMs = maxAgeMs;
    this.#thread = new AskedThread({
      module: './observer-worker',
      importer: import.meta.url,
      data: { file, limits: { ...DEFAULT_SEARCH_LIMITS, ...limits } } satisfies ObserverThreadData,
      name: 'the observer of effects',
      silence: { answerMs, startMs: Math.max(startMs, answerMs) },
      // Snapshots go with their thread.
      ended: (why) => {
        for (const observation of [...this.#open]) observation.end(inEffectsWords(why));
      },
    });
  }

  isFull(): boolean {
    return this.#open.size >= this.#mostOpen;
  }

  async open(): Promise<Observation> {
    if (this.isFull()) throw new EffectsError('observer_busy', `${this.#mostOpen} are open`);
    const id = this.#next++;
    const observation = new ThreadObservation({
      maxAgeMs: this.#maxAgeMs,
      finish: (engine, looked) => this.#ask({ kind: 'finish', id, engine }, (news) => news === 'looked' && looked()),
      abandoned: () => this.#thread.tell({ kind: 'close', id }),
      ended: () => this.#open.delete(observation),
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

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #ask(question: ObserverQuestion, news?: (news: ObserverNews) => void): Promise<ObserverAnswer> {
    try {
      return await this.#thread.ask(question, news);
    } catch (error) {
      throw error instanceof ThreadError ? inEffectsWords(error) : error;
    }
  }
}

const WORDS: Record<Exclude<ThreadErrorCode, 'question_failed'>, EffectsErrorCode> = {
  thread_ended: 'observer_failed',
  thread_silent: 'observer_timeout',
  thread_closed: 'observer_closed',
};

function inEffectsWords(error: ThreadError): EffectsError {
  const { code, failure, message } = error;
  if (code !== 'question_failed') return new EffectsError(WORDS[code], message, { cause: error });
  // The thread's own words begin with their code.
  if (isEffectsErrorCode(failure))
    return new EffectsError(failure, message.slice(failure.length + 2), { cause: error });
  return new EffectsError('observer_failed', message, { cause: error });
}

interface ObservationParts {
  readonly maxAgeMs: number;
  readonly finish: (engine: Effects, looked: () => void) => Promise<SeenEffects | undefined>;
  /** The snapshot is to be let go. */
  readonly abandoned: () => void;
  /** The snapshot is let go, or is no more. */
  readonly ended: () => void;
}

class ThreadObservation implements Observation {
  readonly #parts: ObservationParts;
  readonly #timer: NodeJS.Timeout;
  #over: EffectsError | undefined;

  constructor(parts: ObservationParts) {
    this.#parts = parts;
    const { maxAgeMs } = parts;
    this.#timer = setTimeout(() => {
      this.#abandon(new EffectsError('observation_expired', `open for more than ${maxAgeMs} ms`));
    }, maxAgeMs);
    this.#timer.unref();
  }

  /** Its place is taken until the search is over: until then the snapshot is held. */
  async finish(engine: Effects, looked: () => void = () => undefined): Promise<SeenEffects> {
    if (this.#over !== undefined) throw this.#over;
    this.#isOver(new EffectsError('observer_closed', 'the observation is finished'));
    try {
      const seen = await this.#parts.finish(engine, looked);
      if (seen === undefined) throw new EffectsError('observer_failed', 'an answer without effects');
      return seen;
    } finally {
      this.#parts.ended();
    }
  }

  close(): void {
    this.#abandon(new EffectsError('observer_closed', 'the observation is closed'));
  }

  /** There is no snapshot any more. */
  end(why: EffectsError): void {
    if (this.#over !== undefined) return;
    this.#isOver(why);
    this.#parts.ended();
  }

  #abandon(why: EffectsError): void {
    if (this.#over !== undefined) return;
    this.#parts.abandoned();
    this.end(why);
  }

  #isOver(why: EffectsError): void {
    this.#over = why;
    clearTimeout(this.#timer);
  }
}
