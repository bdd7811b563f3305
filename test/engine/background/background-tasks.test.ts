/** Timed work runs only while it is owned, never twice at once, and goes on after a failure. */
import assert from 'node:assert/strict';
import { BackgroundTasks } from '../../../src/engine/background/background-tasks.js';
import type { EngineLog } from '../../../src/engine/logging/engine-log.js';
import type { RequestContext } from '../../../src/engine/services/request-context.js';

const NAME = 'approvals-prune';

/** A task whose runs the test ends one by one. */
function stage({ everyMs = 60_000 } = {}) {
  const runs: { end(): void; fail(error: Error): void }[] = [];
  const lines: string[] = [];
  let onRun = (): void => undefined;
  const keep = (line: string): void => void lines.push(line);
  const log: EngineLog = { debug: keep, info: keep, warn: keep, error: keep };
  const run = () =>
    new Promise<string>((resolve, reject) => {
      runs.push({ end: () => resolve('done'), fail: reject });
      onRun();
    });
  const tasks = new BackgroundTasks({
    tasks: [{ name: NAME, everyMs, run }],
    contextFor: () => ({}) as RequestContext,
    log,
    retryMs: 1,
  });
  const started = async (count: number): Promise<void> => {
    while (runs.length < count)
      await new Promise<void>((resolve) => {
        onRun = resolve;
      });
  };
  return { tasks, runs, lines, started };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('engine: background tasks', () => {
  it('runs at once when it is taken, and again after its pause', async () => {
    const { tasks, runs, started } = stage({ everyMs: 1 });
    tasks.own([NAME]);
    await started(1);
    runs[0]?.end();
    await started(2);
    assert.deepEqual(tasks.owned(), [NAME]);
    runs[1]?.end();
    await tasks.close();
  });

  it('goes on as it is when it is told the same again', async () => {
    const { tasks, runs, started } = stage();
    tasks.own([NAME]);
    tasks.own([NAME]);
    await started(1);
    runs[0]?.end();
    await turn();
    assert.equal(runs.length, 1);
    await tasks.close();
  });

  it('runs no more once it is left', async () => {
    const { tasks, runs, started } = stage({ everyMs: 1 });
    tasks.own([NAME]);
    await started(1);
    tasks.own([]);
    runs[0]?.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(runs.length, 1);
    assert.deepEqual(tasks.owned(), []);
    await tasks.close();
  });

  it('waits for the run under way when it is left and taken again', async () => {
    const { tasks, runs, started } = stage();
    tasks.own([NAME]);
    await started(1);
    tasks.own([]);
    tasks.own([NAME]);
    await turn();
    assert.equal(runs.length, 1);
    runs[0]?.end();
    await started(2);
    runs[1]?.end();
    await tasks.close();
  });

  it('tries again soon after a failure, and says why', async () => {
    const { tasks, runs, lines, started } = stage();
    tasks.own([NAME]);
    await started(1);
    runs[0]?.fail(new Error('disk full'));
    await started(2);
    assert.ok(lines.some((line) => line.startsWith(`background-failed task=${NAME} Error: disk full`)));
    runs[1]?.end();
    await tasks.close();
  });

  it('closes after the run under way, and takes nothing afterwards', async () => {
    const { tasks, runs, started } = stage();
    tasks.own([NAME]);
    await started(1);
    let closed = false;
    const closing = tasks.close().then(() => {
      closed = true;
    });
    await turn();
    assert.equal(closed, false);
    runs[0]?.end();
    await closing;
    tasks.own([NAME]);
    assert.deepEqual(tasks.owned(), []);
    assert.equal(runs.length, 1);
  });
});
