/** The engine hears what it owns when it is ready and when that changes, until it has taken it. */
import assert from 'node:assert/strict';
import { BackgroundHandover } from '../../../src/facade/engine-process/background-handover.js';
import type { BackgroundRow, TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import type { BackgroundWish } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { silentLog } from '../../kit/silent-log.js';

const tableWith = (owner: 'legacy' | 'engine', scheduler?: Pick<BackgroundRow, 'owner' | 'jobs'>) => {
  const task = scheduler === undefined ? [] : [{ name: 'scheduler', ...scheduler }];
  return { background: [...task, { name: 'approvals-prune', owner, jobs: {} }] } as unknown as TableSnapshot;
};

/** An engine that notes what it is told, and refuses as often as it is asked to. */
function engine() {
  const heard: string[] = [];
  const wishes: BackgroundWish[] = [];
  const state = { refusals: 0, release: undefined as Promise<void> | undefined };
  let onHeard = (): void => undefined;
  const tell = async (wish: BackgroundWish): Promise<void> => {
    await state.release;
    wishes.push(wish);
    heard.push(wish.owned.join());
    onHeard();
    if (state.refusals > 0) {
      state.refusals -= 1;
      throw new Error('no');
    }
  };
  const until = async (count: number): Promise<void> => {
    while (heard.length < count)
      await new Promise<void>((resolve) => {
        onHeard = resolve;
      });
  };
  return { heard, wishes, state, tell, until };
}

describe('facade: handing background tasks over', () => {
  const start = (tell: (wish: BackgroundWish) => Promise<void>) =>
    new BackgroundHandover({ tell, reasonOf: String, log: silentLog, retryMs: 1 });

  it('tells each engine that becomes ready, also that it owns nothing', async () => {
    const { heard, tell, until } = engine();
    const handover = start(tell);
    handover.tableChanged(tableWith('legacy'));
    handover.engineChanged(true);
    await until(1);
    handover.tableChanged(tableWith('engine'));
    await until(2);
    handover.engineChanged(false);
    handover.engineChanged(true);
    await until(3);
    assert.deepEqual(heard, ['', 'approvals-prune', 'approvals-prune']);
  });

  it('says nothing to an engine that is not ready, nor of a table that changes something else', async () => {
    const { heard, tell, until } = engine();
    const handover = start(tell);
    handover.tableChanged(tableWith('engine'));
    assert.deepEqual(heard, []);
    handover.engineChanged(true);
    await until(1);
    handover.tableChanged(tableWith('engine'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(heard, ['approvals-prune']);
  });

  it('tries again until it is taken', async () => {
    const { heard, state, tell, until } = engine();
    state.refusals = 2;
    const handover = start(tell);
    handover.tableChanged(tableWith('engine'));
    handover.engineChanged(true);
    await until(3);
    assert.deepEqual(heard, ['approvals-prune', 'approvals-prune', 'approvals-prune']);
  });

  it('tells the newest, when the table changes while it tells', async () => {
    const { heard, state, tell, until } = engine();
    let release = (): void => undefined;
    state.release = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handover = start(tell);
    handover.tableChanged(tableWith('engine'));
    handover.engineChanged(true);
    handover.tableChanged(tableWith('legacy'));
    release();
    await until(2);
    assert.deepEqual(heard, ['approvals-prune', '']);
  });

  it('stops trying when the engine has gone', async () => {
    const { heard, state, tell, until } = engine();
    state.refusals = 1000;
    const handover = start(tell);
    handover.engineChanged(true);
    await until(1);
    handover.engineChanged(false);
    const before = heard.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(heard.length, before);
  });

  it('names the scheduler as long as any job is the engine’s, with each job that has an owner of its own', async () => {
    const { wishes, tell, until } = engine();
    const handover = start(tell);
    handover.tableChanged(tableWith('legacy', { owner: 'legacy', jobs: {} }));
    handover.engineChanged(true);
    await until(1);
    handover.tableChanged(tableWith('legacy', { owner: 'legacy', jobs: { 12: 'engine' } }));
    await until(2);
    handover.tableChanged(tableWith('legacy', { owner: 'engine', jobs: {} }));
    await until(3);
    handover.tableChanged(tableWith('legacy', { owner: 'engine', jobs: { 15: 'legacy' } }));
    await until(4);
    assert.deepEqual(wishes, [
      { owned: [], scheduler: { owner: 'legacy', jobs: {} } },
      { owned: ['scheduler'], scheduler: { owner: 'legacy', jobs: { 12: 'engine' } } },
      { owned: ['scheduler'], scheduler: { owner: 'engine', jobs: {} } },
      { owned: ['scheduler'], scheduler: { owner: 'engine', jobs: { 15: 'legacy' } } },
    ]);
  });
});
