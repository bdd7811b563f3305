/** A unit of work of which nothing is kept, and that tells what would have been. */
import type { NotRunReason } from '../../legacy-bridge/effects/dry-run-protocol.js';
import type { RowChange } from '../../legacy-bridge/effects/effects.js';
import type { UnitOfWork } from './unit-of-work.js';

export interface DryRunChanges {
  readonly rows: readonly RowChange[];
  /** Tables whose rows can't be recorded. */
  readonly unseen: readonly string[];
}

/**
 * Before its first `write` a dry run reads what is committed; from then on also what it wrote itself. Its one transaction begins
 * with that write and lasts until the end; a `write` that rejects undoes itself alone, as it does live.
 */
export interface DryRunUnitOfWork extends UnitOfWork {
  /** Resolves when the dry run has been given up; what it wrote is undone by then, and further calls reject. */
  readonly givenUp: Promise<NotRunReason>;
  /** Milliseconds for which it has held the database. */
  readonly lockMs: number;
  /** Tells what was changed, and undoes it. @returns why not, when it was given up */
  end(): DryRunChanges | NotRunReason;
  /** Undoes everything at once, whatever still runs. May be called at any time, and again. */
  abandon(): void;
}

export interface DryRunDatabase {
  begin(): DryRunUnitOfWork;
}
