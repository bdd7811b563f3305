/** The unit of work of one dry run. */
import type { NotRunReason } from '../../../legacy-bridge/effects/dry-run-protocol.js';
import { EngineError } from '../../domain/engine-error.js';
import type { DryRunChanges, DryRunUnitOfWork } from '../dry-run-unit-of-work.js';
import type { Repositories, UnitOfWork } from '../unit-of-work.js';
import { databaseError } from './database-error.js';
import type { DryRunLimits, DryRunTransaction, NoTransaction } from './sqlite-dry-run-database.js';
import { sqliteRepositories } from './sqlite-repositories.js';

export interface SqliteDryRunOptions {
  readonly committed: Pick<UnitOfWork, 'read'>;
  readonly limits: DryRunLimits;
  readonly monotonic: () => number;
  /** Begins the transaction. @returns why not, when it can't be begun */
  readonly start: () => Promise<DryRunTransaction | NoTransaction>;
}

interface OpenTransaction extends DryRunTransaction {
  readonly repositories: Repositories;
  readonly openedAt: number;
  readonly timer: NodeJS.Timeout;
}

const NOTHING: DryRunChanges = Object.freeze({ rows: [], unseen: [] });

export class SqliteDryRun implements DryRunUnitOfWork {
  readonly #options: SqliteDryRunOptions;
  readonly givenUp: Promise<NotRunReason>;
  #tellGivenUp: (reason: NotRunReason) => void = () => undefined;
  #last: Promise<unknown> = Promise.resolve();
  #open: OpenTransaction | undefined;
  #over: NotRunReason | 'ended' | undefined;
  #cause: unknown;
  #lockMs = 0;

  constructor(options: SqliteDryRunOptions) {
    this.#options = options;
    this.givenUp = new Promise((resolve) => {
      this.#tellGivenUp = resolve;
    });
  }

  get lockMs(): number {
    return this.#open === undefined ? this.#lockMs : this.#options.monotonic() - this.#open.openedAt;
  }

  async read<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    this.#refuseWhenOver();
    if (this.#open === undefined) return await this.#options.committed.read(work);
    try {
      return await work(this.#open.repositories);
    } catch (error) {
      throw databaseError(error);
    }
  }

  /** One after the other, as live writes are: savepoints of two would be nested. */
  write<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#write(work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  end(): DryRunChanges | NotRunReason {
    if (this.#over !== undefined && this.#over !== 'ended') return this.#over;
    try {
      return this.#open === undefined
        ? NOTHING
        : (this.#open.recorder.read(this.#options.limits) ?? 'effects_too_large');
    } finally {
      this.#finish('ended');
    }
  }

  abandon(): void {
    this.#finish('ended');
  }

  async #write<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    this.#refuseWhenOver();
    const { lease, repositories } = await this.#transaction();
    const { connection } = lease;
    connection.run('SAVEPOINT dry_write');
    try {
      const result = await work(repositories);
      connection.run('RELEASE dry_write');
      return result;
    } catch (error) {
      if (this.#over === undefined) this.#undoWrite();
      throw databaseError(error);
    }
  }

  /** Some failures, such as a full disk, have rolled back the whole transaction already: nothing after them could be told. */
  #undoWrite(): void {
    const connection = this.#open?.lease.connection;
    if (connection?.inTransaction !== true) {
      this.#giveUp('database_unavailable');
      return;
    }
    connection.run('ROLLBACK TO dry_write');
    connection.run('RELEASE dry_write');
  }

  async #transaction(): Promise<OpenTransaction> {
    if (this.#open !== undefined) return this.#open;
    const started = await this.#options.start();
    if ('reason' in started) this.#giveUp(started.reason, started.cause);
    else if (this.#over === undefined) return this.#opened(started);
    else started.rollBack();
    throw this.#overError();
  }

  #opened(started: DryRunTransaction): OpenTransaction {
    const { limits, monotonic } = this.#options;
    this.#open = {
      ...started,
      repositories: sqliteRepositories(started.lease.connection),
      openedAt: monotonic(),
      timer: setTimeout(() => this.#giveUp('lock_timeout'), limits.holdMs),
    };
    return this.#open;
  }

  #giveUp(reason: NotRunReason, cause?: unknown): void {
    if (this.#over !== undefined) return;
    this.#cause = cause;
    this.#finish(reason);
    this.#tellGivenUp(reason);
  }

  #finish(why: NotRunReason | 'ended'): void {
    this.#over ??= why;
    const open = this.#open;
    if (open === undefined) return;
    this.#lockMs = this.lockMs;
    this.#open = undefined;
    clearTimeout(open.timer);
    open.rollBack();
  }

  #refuseWhenOver(): void {
    if (this.#over !== undefined) throw this.#overError();
  }

  /** Heard by a handler that still runs; the facade hears the reason. */
  #overError(): EngineError {
    return new EngineError('database_busy', { cause: this.#cause ?? `the dry run is over: ${this.#over}` });
  }
}
