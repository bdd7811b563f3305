/** Asks the engine about the scheduler over its own socket. Owns the forms of its answers; decides nothing. */
import type {
  BackgroundState,
  BackgroundWish,
  SchedulerJobs,
  ShadowTick,
} from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import { AnswerTooLongError, askSide, reasonOf, type SideQuestion } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';

/** Why there is no answer to go by. */
export type EngineSilence =
  /** It can't be reached, or did not answer in time. */
  | 'engine_unreachable'
  | 'engine_timeout'
  /** Its database was locked, or it takes no further such question now. */
  | 'engine_busy'
  /** It says more than the facade takes in at once. */
  | 'tick_too_large'
  /** It has no scheduler, or says something else than the facade expects: it is of another release. */
  | 'engine_not_served';

export class SchedulerEngineError extends Error {
  readonly code: EngineSilence;

  constructor(code: EngineSilence, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SchedulerEngineError';
    this.code = code;
  }
}

/** A hand-over of ten thousand jobs is one transaction; a tick computed twice is two. */
const LONG_MS = 20_000;
/** Parsing stops the event loop. Both readings of 20,000 runs, and why they differ, are no more than that. */
const MOST_BYTES = 8 * 1024 * 1024;

export class SchedulerEngine {
  readonly #target: SideTarget;

  constructor(target: SideTarget) {
    this.#target = target;
  }

  /** Tells it what it owns. Resolves when it has taken all that it is to take. @throws SchedulerEngineError */
  own(wish: BackgroundWish): Promise<BackgroundState> {
    return this.#ask({ method: 'PUT', path: '/engine/internal/background', json: wish, timeoutMs: LONG_MS });
  }

  /** @throws SchedulerEngineError */
  state(): Promise<BackgroundState> {
    return this.#ask({ method: 'GET', path: '/engine/internal/background' });
  }

  /** One page of the jobs, by ascending id. @throws SchedulerEngineError */
  jobs(after: number, limit: number): Promise<SchedulerJobs> {
    return this.#ask({ method: 'GET', path: `/engine/internal/scheduler/jobs?after=${after}&limit=${limit}` });
  }

  /**
   * What each reading would have dispatched in a minute's tick.
   * @param minute epoch seconds; one of the last two
   * @throws SchedulerEngineError
   */
  shadow(minute: number): Promise<ShadowTick> {
    const path = '/engine/internal/scheduler/shadow';
    return this.#ask({ method: 'POST', path, json: { minute }, timeoutMs: LONG_MS });
  }

  async #ask<T>(question: SideQuestion): Promise<T> {
    const { status, text } = await askSide(this.#target, { mostBytes: MOST_BYTES, ...question }).catch(
      (error: unknown) => {
        if (error instanceof AnswerTooLongError) throw new SchedulerEngineError('tick_too_large', error.message, error);
        const isLate = error instanceof Error && error.name === 'TimeoutError';
        throw new SchedulerEngineError(isLate ? 'engine_timeout' : 'engine_unreachable', reasonOf(error), error);
      },
    );
    const said = `the engine answered ${status}: ${text.trim().slice(0, 500)}`;
    if (status === 503) throw new SchedulerEngineError('engine_busy', said);
    if (status !== 200) throw new SchedulerEngineError('engine_not_served', said);
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw new SchedulerEngineError('engine_not_served', said, error);
    }
  }
}
