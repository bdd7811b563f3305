/** Ends of runs on the server that the database does not take at once: none is lost, and none keeps the others waiting. */
import assert from 'node:assert/strict';
import { EngineError } from '../../../src/engine/domain/engine-error.js';
import type { ServerRunEnd } from '../../../src/engine/domain/playbook-run.js';
import { RunEnds } from '../../../src/engine/services/playbooks/run-ends.js';
import type { RequestContext } from '../../../src/engine/services/request-context.js';

describe('ends of runs on the server', () => {
  const end = (stdout = ''): ServerRunEnd => ({ status: 'Success', stdout, stderr: '', error: null });
  /** @param refuse throws for what is not to be written */
  const world = (refuse: (runIds: readonly string[]) => void) => {
    const [transactions, written, lines]: [string[][], Map<bigint, ServerRunEnd>, string[]] = [[], new Map(), []];
    const write = async (work: (repositories: unknown) => Promise<unknown>): Promise<unknown> => {
      const [runIds, ends]: [string[], [bigint, ServerRunEnd][]] = [[], []];
      const result = await work({
        serverRuns: { forget: async (runId: string) => void runIds.push(runId) },
        recaps: { findByRunId: async () => undefined },
        jobResults: { storeEnd: async (id: bigint, said: ServerRunEnd) => void ends.push([id, said]) },
      });
      refuse(runIds);
      transactions.push(runIds);
      for (const [id, said] of ends) written.set(id, said);
      return result;
    };
    const say = (line: string): number => lines.push(line);
    const log = { info: say, warn: say, error: say };
    const context = { unitOfWork: { write }, clock: { now: () => 0 }, events: { emit: () => undefined }, log };
    const told = new Set<string>();
    const options = {
      contextFor: () => context as unknown as RequestContext,
      onWritten: async (runId: string) => void told.add(runId),
    };
    return { transactions, written, lines, told, options };
  };
  const add = (ends: RunEnds, count: number, stdout?: string): void => {
    for (let at = 1; at <= count; at += 1)
      ends.add({
        run: { runId: `r${at}`, activityId: BigInt(at), scheduled: undefined },
        ...{ end: end(stdout), isGone: true },
      });
  };
  const busy = () => new EngineError('database_busy');

  it('are tried for as long as the database is locked', async () => {
    let locked = 8;
    const { options, written, told } = world(() => {
      if (locked-- > 0) throw busy();
    });
    const ends = new RunEnds({ ...options, pauseMs: 1 });
    add(ends, 1, 'all that was printed');
    while (written.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(written.get(1n)?.stdout, 'all that was printed');
    await ends.close(1000);
    assert.deepEqual([...told], ['r1']);
  });

  it('are written by the hundred', async () => {
    const { options, transactions, written } = world(() => undefined);
    const ends = new RunEnds(options);
    add(ends, 1250);
    await ends.close(10_000);
    assert.equal(written.size, 1250);
    assert.ok(transactions.length >= 13 && transactions.length <= 15, `${transactions.length}`);
  });

  it('do not wait for one that is refused for good', async () => {
    const { options, written, lines } = world((runIds) => {
      if (runIds.includes('r7')) throw new Error('no such thing can be stored');
    });
    const ends = new RunEnds(options);
    add(ends, 150);
    await ends.close(10_000);
    assert.equal(written.size, 149);
    assert.ok(lines.some((line) => line.includes('no such thing can be stored')));
  });

  it('keep what was printed within a bound, and how it went beyond it', async () => {
    let isLocked = true;
    const { options, written } = world(() => {
      if (isLocked) throw busy();
    });
    const ends = new RunEnds({ ...options, pauseMs: 1, mostBytes: 250 });
    add(ends, 4, 'x'.repeat(100));
    isLocked = false;
    await ends.close(10_000);
    assert.deepEqual(
      [1n, 2n, 3n, 4n].map((id) => [written.get(id)?.status, written.get(id)?.stdout.length]),
      [
        ['Success', 100],
        ['Success', 100],
        ['Success', 0],
        ['Success', 0],
      ],
    );
    assert.match(written.get(4n)?.stderr ?? '', /was not kept/);
  });

  it('are given up after the limit, and say so', async () => {
    const { options, written, lines } = world(() => {
      throw busy();
    });
    const ends = new RunEnds({ ...options, pauseMs: 60_000 });
    add(ends, 3);
    await ends.close(20);
    assert.equal(written.size, 0);
    assert.ok(lines.some((line) => /server-runs-not-ended count=3: tried at the next start/.test(line)));
  });
});
