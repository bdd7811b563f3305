/**
 * Runs the work of a request in a context of which nothing is kept: its writes are rolled back, its events recorded, its memories
 * only asked. Whatever happens, the database is let go of.
 */
import type { NotRunReason } from '../../../legacy-bridge/effects/dry-run-protocol.js';
import type { Effects } from '../../../legacy-bridge/effects/effects.js';
import type { EngineLog } from '../../logging/engine-log.js';
import type { DryRunDatabase, DryRunUnitOfWork } from '../../repositories/dry-run-unit-of-work.js';
import { persistPresence } from '../persist-presence.js';
import type { Clock, RandomSource, RequestContext } from '../request-context.js';
import { writeTime } from '../write-time.js';
import { dryRunLog } from './dry-run-log.js';
import { EventRecorder } from './event-recorder.js';
import { dryViews, type LiveMemories } from './live-memories.js';
import { ServerRunRecorder } from './server-run-recorder.js';

export interface DryRunParts {
  readonly database: DryRunDatabase;
  readonly memories: LiveMemories;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: EngineLog;
}

export type DryRunOutcome<T> = DryRunDone<T> | DryRunGivenUp;

export interface DryRunDone<T> {
  readonly value: T;
  readonly effects: Effects;
  /** What could not be recorded, in words. */
  readonly notSeen: readonly string[];
  /** Milliseconds for which the database was locked. */
  readonly lockMs: number;
}

export interface DryRunGivenUp {
  readonly notRun: NotRunReason;
  readonly lockMs: number;
}

/** The facade bounds what it asks for by itself; this is for one that does not. */
const MOST_AT_ONCE = 1000;

export class DryRuns {
  readonly #parts: DryRunParts;
  #underWay = 0;

  constructor(parts: DryRunParts) {
    this.#parts = parts;
  }

  /**
   * @param signal aborted when nobody waits for the outcome any more
   * @param work what it rejects with is rejected with here
   */
  async run<T>(
    requestId: string | undefined,
    signal: AbortSignal,
    work: (context: RequestContext) => Promise<T>,
  ): Promise<DryRunOutcome<T>> {
    if (this.#underWay >= MOST_AT_ONCE) return { notRun: 'too_many', lockMs: 0 };
    const unitOfWork = this.#parts.database.begin();
    const abandon = (): void => unitOfWork.abandon();
    signal.addEventListener('abort', abandon);
    this.#underWay += 1;
    try {
      return await outcomeOf(unitOfWork, this.#context(requestId, unitOfWork), work);
    } finally {
      this.#underWay -= 1;
      signal.removeEventListener('abort', abandon);
      unitOfWork.abandon();
    }
  }

  /** No member may come from a live context by itself: each is written here. */
  #context(requestId: string | undefined, unitOfWork: DryRunUnitOfWork): DryRunContext {
    const { memories, clock, random, log } = this.#parts;
    return {
      requestId: requestId ?? random.uuid(),
      unitOfWork,
      clock,
      random,
      events: new EventRecorder(),
      ...dryViews(memories),
      presence: {
        note: (note) => unitOfWork.write(({ devices }) => persistPresence(note, devices, writeTime(clock.now()))),
      },
      serverRuns: new ServerRunRecorder(),
      log: dryRunLog(log),
    };
  }
}

interface DryRunContext extends RequestContext {
  readonly events: EventRecorder;
  readonly serverRuns: ServerRunRecorder;
}

async function outcomeOf<T>(
  unitOfWork: DryRunUnitOfWork,
  context: DryRunContext,
  work: (context: RequestContext) => Promise<T>,
): Promise<DryRunOutcome<T>> {
  const givenUp = unitOfWork.givenUp.then((notRun) => ({ notRun }));
  const done = await Promise.race([work(context).then((value) => ({ value })), givenUp]);
  const changes = 'notRun' in done ? done.notRun : unitOfWork.end();
  const { lockMs } = unitOfWork;
  if (typeof changes === 'string') return { notRun: changes, lockMs };
  if ('notRun' in done) throw new TypeError('a dry run that was given up has changes');
  const { rows, unseen } = changes;
  const notSeen = unseen.map((table) => `rows of the table ${table}`);
  const effects = { rows, events: context.events.events, calls: context.serverRuns.calls };
  return { value: done.value, effects, notSeen, lockMs };
}
