import assert from 'node:assert/strict';
import { SchedulerWatch, type SchedulerWatchOptions } from '../../../src/facade/scheduler/scheduler-watch.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import type { SchedulerState } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { recordingLog } from '../../kit/silent-log.js';
import { MINUTE } from './shadow-ticks.js';

const EVENTS = ['connect_agent', 'agent_heartbeat', 'collector_status'].map((name) => `${name}: { stage: engine }`);

function tableWith(owner: 'legacy' | 'engine'): TableSnapshot {
  const text = `version: 1\nroutes: []\nsockets: { stage: split, events: { ${EVENTS.join(', ')} } }\nbackground: { scheduler: { owner: ${owner} } }\n`;
  const check = checkTable({ file: 't.yaml', text, version: 1 });
  assert.ok(check.ok);
  return check.table.snapshot;
}

const QUIET: SchedulerState = {
  told: true,
  owner: 'legacy',
  jobs: {},
  owned_jobs: 0,
  pending_hand_back: false,
  last_minute: null,
};

describe('following the schedulers', () => {
  const log = recordingLog();
  let now: number;
  let table: TableSnapshot;
  let legacyAnswers: boolean;
  let state: SchedulerState;
  let acts: string[];
  let polls: number;
  let options: SchedulerWatchOptions;

  beforeEach(() => {
    now = (MINUTE + 30) * 1000;
    table = tableWith('legacy');
    legacyAnswers = true;
    state = QUIET;
    [acts, polls] = [[], 0];
    const minute = (at: number) => (at - MINUTE) / 60;
    options = {
      engine: {
        state: async () => {
          polls += 1;
          return { tasks: ['scheduler'], owned: [], scheduler: state };
        },
      },
      engineReady: () => true,
      legacyAnswers: () => legacyAnswers,
      ticks: {
        begin: async () => void acts.push('begin'),
        ask: async (at) => void acts.push(`ask ${minute(at)}`),
        settle: async (at, absent) =>
          void acts.push(`settle ${minute(at)} ${absent === undefined ? '-' : Math.round(absent / 1000 - MINUTE)}`),
      },
      runs: { jobs: async () => ({ engine: 4, legacy: 6 }) },
      table: () => table,
      log,
      now: () => now,
    };
  });

  /** Each second, as the timer does. */
  const until = async (watch: SchedulerWatch, second: number) => {
    for (; now <= (MINUTE + second) * 1000; now += 1000) watch.beat();
    await watch.settled();
    await new Promise((resolve) => setImmediate(resolve));
  };

  it('asks a few seconds into each full minute, and judges it when it is over', async () => {
    const watch = new SchedulerWatch(options);
    await until(watch, 190);
    // The minute that it began in may have been under way; when it began, nobody knew for how long the legacy had been there.
    assert.deepEqual(acts, ['ask 1', 'settle 1 30', 'ask 2', 'settle 2 30', 'ask 3']);
  });

  it('remembers when the legacy was not there', async () => {
    const watch = new SchedulerWatch(options);
    await until(watch, 69);
    legacyAnswers = false;
    await until(watch, 75);
    legacyAnswers = true;
    await until(watch, 130);
    assert.deepEqual(acts, ['ask 1', 'settle 1 75', 'ask 2']);
  });

  it('goes on after a clock that was set back, and after a fault', async () => {
    let faults = 1;
    const { ticks } = options;
    const watch = new SchedulerWatch({
      ...options,
      ticks: ticks && {
        ...ticks,
        ask: async (minute) => {
          if (faults-- > 0) throw new TypeError('a fault');
          await ticks.ask(minute);
        },
      },
    });
    await until(watch, 100);
    now = (MINUTE - 600) * 1000;
    await until(watch, -477);
    assert.deepEqual(acts, ['ask -9', 'settle -9 30']);
  });

  it('tells when the engine last ticked, while it has jobs to run', async () => {
    const watch = new SchedulerWatch(options);
    await until(watch, 40);
    assert.equal(watch.view().lastTick, undefined);
    table = tableWith('engine');
    await until(watch, 70);
    assert.equal(watch.view().lastTick, MINUTE + 41, 'given, and not ticked yet');
    state = { ...QUIET, owner: 'engine', owned_jobs: 4, last_minute: MINUTE + 60 };
    await until(watch, 190);
    assert.equal(watch.view().lastTick, MINUTE + 60, 'it stands still');
    assert.deepEqual(watch.view().jobs, { engine: 4, legacy: 6 });
    table = tableWith('legacy');
    await until(watch, 191);
    assert.equal(watch.view().lastTick, undefined);
  });

  it('asks more often while jobs wait to go back, and tells when they have', async () => {
    const watch = new SchedulerWatch(options);
    watch.heard({ scheduler: { ...QUIET, owned_jobs: 3, pending_hand_back: true } });
    state = { ...QUIET, owned_jobs: 3, pending_hand_back: true };
    assert.equal(watch.view().engine?.pending_hand_back, true);
    for (let second = 0; second < 10; second += 1) await until(watch, 30 + second);
    assert.ok(polls >= 4, `${polls}`);
    assert.equal((await log.told('scheduler-hand-back-pending'))?.jobs, 3);
    state = QUIET;
    await until(watch, 45);
    await log.told('scheduler-handed-back');
    const before = polls;
    await until(watch, 60);
    assert.ok(polls - before <= 1, 'back to the usual pace');
  });

  it('takes an engine that says nothing of a scheduler', () => {
    const watch = new SchedulerWatch(options);
    watch.heard({});
    assert.equal(watch.view().engine, undefined);
  });

  it('compares nothing where nobody says where the database is', async () => {
    const watch = new SchedulerWatch({ ...options, ticks: undefined, runs: undefined });
    await until(watch, 130);
    assert.deepEqual(acts, []);
    assert.equal(watch.view().jobs, undefined);
  });
});
