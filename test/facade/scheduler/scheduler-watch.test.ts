import assert from 'node:assert/strict';
import { SchedulerWatch, type SchedulerWatchOptions } from '../../../src/facade/scheduler/scheduler-watch.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import type { SchedulerState } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { type JobOwnership, WrittenRunsError } from '../../../src/legacy-bridge/scheduler/written-runs.js';
import { recordingLog } from '../../kit/silent-log.js';
import { MINUTE } from './shadow-ticks.js';

const EVENTS = ['connect_agent', 'agent_heartbeat', 'collector_status'].map((name) => `${name}: { stage: engine }`);

function tableWith(owner: string, sockets = 'split'): TableSnapshot {
  const text = `version: 1\nroutes: []\nsockets: { stage: ${sockets}, events: { ${EVENTS.join(', ')} } }\nbackground: { scheduler: { owner: ${owner} } }\n`;
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

/** Of ten jobs. */
function owning(ids: readonly number[], times: Partial<JobOwnership> = {}): JobOwnership {
  const counts = { engine: ids.length, legacy: 10 - ids.length };
  return { counts, owned: new Set(ids), lastMinute: null, ownedSince: null, ...times };
}

describe('following the schedulers', () => {
  const log = recordingLog();
  let now: number;
  let table: TableSnapshot;
  let legacyAnswers: boolean;
  let state: SchedulerState;
  let acts: string[];
  let polls: number;
  /** Undefined: it can't be read. */
  let database: JobOwnership | undefined;
  let options: SchedulerWatchOptions;

  beforeEach(() => {
    now = (MINUTE + 30) * 1000;
    table = tableWith('legacy');
    legacyAnswers = true;
    state = QUIET;
    [acts, polls] = [[], 0];
    database = owning([]);
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
      runs: {
        jobs: async () => {
          if (database === undefined) throw new WrittenRunsError('database.db', 'locked');
          return database;
        },
      },
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
    database = owning([1, 2], { ownedSince: MINUTE + 65 });
    await until(watch, 100);
    assert.equal(watch.view().lastTick, MINUTE + 65, 'given, and not ticked yet');
    database = owning([1, 2], { ownedSince: MINUTE + 65, lastMinute: MINUTE + 120 });
    await until(watch, 400);
    assert.equal(watch.view().lastTick, MINUTE + 120, 'it stands still');
    assert.deepEqual(watch.view().jobs, { engine: 2, legacy: 8 });
    database = owning([]);
    await until(watch, 440);
    assert.equal(watch.view().lastTick, undefined);
  });

  it('tells of no tick that is due for a job that only the table has', async () => {
    table = tableWith('legacy, jobs: { 12: engine }');
    const watch = new SchedulerWatch(options);
    await until(watch, 400);
    assert.deepEqual(watch.view().lastTick, undefined);
    assert.equal(watch.view().handBackPending, false);
  });

  it('tells of jobs that nobody runs, also after a restart beside a dead engine, and whatever the table says', async () => {
    database = owning([3], { lastMinute: MINUTE - 600 });
    const watch = new SchedulerWatch({ ...options, engineReady: () => false });
    await until(watch, 31);
    assert.equal(watch.view().lastTick, MINUTE - 600);
    assert.equal(watch.view().handBackPending, true, 'the table is at the legacy');
    assert.equal(watch.view().engine, undefined);
    // As `hand-back --offline` does.
    database = owning([]);
    await until(watch, 40);
    assert.equal(watch.view().handBackPending, false);
    assert.equal(watch.view().lastTick, undefined);
    table = tableWith('engine');
    database = owning([3]);
    await until(watch, 80);
    assert.equal(watch.view().handBackPending, false, 'they are where they should be');
  });

  it('tells when an engine that is not the facade’s has stopped, and nothing of what the table would have it do', async () => {
    database = owning([3], { lastMinute: MINUTE - 600 });
    const watch = new SchedulerWatch({ ...options, engine: undefined, ticks: undefined });
    await until(watch, 31);
    assert.equal(watch.view().lastTick, MINUTE - 600);
    assert.equal(watch.view().handBackPending, undefined);
    assert.deepEqual(watch.view().jobs, { engine: 1, legacy: 9 });
  });

  it('goes by the engine where the database can not be read, and says so once', async () => {
    database = undefined;
    state = { ...QUIET, owner: 'engine', owned_jobs: 4, pending_hand_back: true, last_minute: MINUTE - 60 };
    const own = recordingLog();
    const watch = new SchedulerWatch({ ...options, log: own });
    await until(watch, 31);
    await until(watch, 33);
    assert.equal(watch.view().jobs, undefined);
    assert.equal(watch.view().handBackPending, true);
    assert.equal(watch.view().lastTick, MINUTE + 32, 'since when it is known that it has jobs');
    state = { ...state, last_minute: MINUTE + 60 };
    await until(watch, 70);
    assert.equal(watch.view().lastTick, MINUTE + 60);
    assert.equal(own.entries.filter(({ message }) => message === 'scheduler-unseen').length, 1);
  });

  it('tells that the sockets went back before the jobs', async () => {
    database = owning([3]);
    const watch = new SchedulerWatch(options);
    await until(watch, 40);
    table = { ...table, sockets: { ...table.sockets, stage: 'legacy' } };
    await until(watch, 50);
    assert.equal((await log.told('scheduler-out-of-reach'))?.jobs, 1);
  });

  it('asks more often while jobs wait to go back, and tells when they have', async () => {
    database = owning([1, 2, 3]);
    const watch = new SchedulerWatch(options);
    watch.heard({ scheduler: { ...QUIET, owned_jobs: 3, pending_hand_back: true } });
    state = { ...QUIET, owned_jobs: 3, pending_hand_back: true };
    assert.equal(watch.view().engine?.pending_hand_back, true);
    for (let second = 0; second < 10; second += 1) await until(watch, 30 + second);
    assert.ok(polls >= 4, `${polls}`);
    assert.equal((await log.told('scheduler-hand-back-pending'))?.jobs, 3);
    state = QUIET;
    database = owning([]);
    for (let second = 40; second < 45; second += 1) await until(watch, second);
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
