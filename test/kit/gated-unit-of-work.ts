/** The engine's unit of work with a gate before each statement, and after its commit: there it may be stopped, or killed. */
import { EngineError } from '../../src/engine/domain/engine-error.js';
import type { NewRun } from '../../src/engine/repositories/scheduled-run-repository.js';
import type { Repositories, UnitOfWork } from '../../src/engine/repositories/unit-of-work.js';

export interface UnitOfWorkGates {
  /** Rejects when the process is killed there. @param wasBusy another holds the lock */
  readonly gate: (wasBusy?: boolean) => Promise<void>;
  /** Before the lock is asked for. */
  readonly beforeWrite?: () => Promise<void>;
  /** For how long the lock is waited for, on a clock that nobody sets: here, since the database itself must not wait. Default: not */
  readonly patience?: { readonly seconds: number; readonly elapsed: () => number };
  /** This job was taken. */
  readonly took?: (jobId: bigint) => void;
  /** A run was begun, by whether its job was the engine's within that transaction. */
  readonly began: (run: Pick<NewRun, 'jobId' | 'scheduledAt'>, isOwned: boolean) => void;
  /** Begins runs of other people's jobs too. */
  readonly ignoresOwners: boolean;
}

export function gatedUnitOfWork(unitOfWork: UnitOfWork, gates: UnitOfWorkGates): UnitOfWork {
  const { gate } = gates;
  const gatedAll = (repositories: Repositories): Repositories =>
    Object.fromEntries(
      Object.entries(repositories).map(([name, repository]) => [name, gatedRepository(repository, gate)]),
    ) as unknown as Repositories;
  return {
    read: (work) => unitOfWork.read((repositories) => work(gatedAll(repositories))),
    write: async (work) => {
      await gate();
      await gates.beforeWrite?.();
      const result = await patiently(gates, () =>
        unitOfWork.write(async (repositories) => {
          const watched = {
            scheduledRuns: watchedRuns(repositories, gates),
            jobOwners: watchedOwners(repositories, gates),
          };
          const done = await work({ ...gatedAll(repositories), ...watched });
          await gate();
          return done;
        }),
      );
      await gate();
      return result;
    },
  };
}

async function patiently<T>({ gate, patience }: UnitOfWorkGates, work: () => Promise<T>): Promise<T> {
  const since = patience?.elapsed() ?? 0;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (patience === undefined || !isDatabaseBusy(error) || patience.elapsed() - since >= patience.seconds)
        throw error;
    }
    await gate(true);
  }
}

export function isDatabaseBusy(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'database_busy';
}

/** @returns false when another process held the lock */
export async function unlessBusy(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isDatabaseBusy(error)) return false;
    throw error;
  }
}

function watchedRuns(
  { scheduledRuns, jobOwners }: Repositories,
  { gate, began, ignoresOwners }: UnitOfWorkGates,
): Repositories['scheduledRuns'] {
  const insertUnlessThere: typeof scheduledRuns.insertUnlessThere = async (run, now) => {
    await gate();
    const isOwned = (await jobOwners.listOwned()).includes(run.jobId);
    if (!isOwned && ignoresOwners)
      await jobOwners.take({ owner: 'legacy', jobs: { [String(run.jobId)]: 'engine' } }, now);
    const id = await scheduledRuns.insertUnlessThere(run, now);
    if (id !== undefined) began(run, isOwned);
    return id;
  };
  return gatedRepository(scheduledRuns, gate, { insertUnlessThere });
}

function watchedOwners({ jobOwners }: Repositories, { gate, took }: UnitOfWorkGates): Repositories['jobOwners'] {
  const take: typeof jobOwners.take = async (wish, now) => {
    await gate();
    const before = await jobOwners.listOwned();
    const taken = await jobOwners.take(wish, now);
    for (const id of await jobOwners.listOwned()) if (!before.includes(id)) took?.(id);
    return taken;
  };
  return gatedRepository(jobOwners, gate, { take });
}

function gatedRepository<T extends object>(repository: T, gate: () => Promise<void>, own: Partial<T> = {}): T {
  return new Proxy(repository, {
    get(target, name) {
      const instead: unknown = Reflect.get(own, name);
      if (instead !== undefined) return instead;
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...values: unknown[]) => {
        await gate();
        return (member as (...given: unknown[]) => unknown).apply(target, values);
      };
    },
  });
}
