/** The engine's unit of work with a gate before each statement, and after its commit: there it may be stopped, or killed. */
import { EngineError } from '../../src/engine/domain/engine-error.js';
import type { Repositories, UnitOfWork } from '../../src/engine/repositories/unit-of-work.js';

export interface UnitOfWorkGates {
  /** Rejects when the process is killed there. */
  readonly gate: () => Promise<void>;
  /** Before the lock is asked for. */
  readonly beforeWrite?: () => Promise<void>;
  /** A run was begun, by whether its job was the engine's within that transaction. */
  readonly began: (jobId: bigint, isOwned: boolean) => void;
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
      const result = await unitOfWork.write(async (repositories) => {
        const done = await work({ ...gatedAll(repositories), scheduledRuns: watchedRuns(repositories, gates) });
        await gate();
        return done;
      });
      await gate();
      return result;
    },
  };
}

/** @returns false when another process held the lock */
export async function unlessBusy(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'database_busy') return false;
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
    if (id !== undefined) began(run.jobId, isOwned);
    return id;
  };
  return gatedRepository(scheduledRuns, gate, { insertUnlessThere });
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
