/** `facade jobs`, and the gate of the scheduler, against a running admin API and an engine that says what it is told to say. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTick } from '../../../src/facade/scheduler/compare-tick.js';
import { comparedTick } from '../../../src/facade/scheduler/compared-tick.js';
import { SchedulerEngine } from '../../../src/facade/scheduler/scheduler-engine.js';
import type { SchedulerView } from '../../../src/facade/scheduler/scheduler-watch.js';
import { asComparedScheduler } from '../../../src/facade/table/compared-rows.js';
import { schedulerOf } from '../../../src/facade/table/scheduler-row.js';
import { type StubSchedulerEngine, schedulerJob, startStubSchedulerEngine } from '../../kit/stub-scheduler-engine.js';
import { MINUTE, planned, shadowTick, written } from '../scheduler/shadow-ticks.js';
import { type CliOptions, type RunningAdmin, startAdminForCli } from './cli-fixture.js';

const SCHEDULER = 'background:scheduler';
const PRESENCE = ['connect_agent', 'agent_heartbeat', 'collector_status'].map(
  (name) => `${name}: { stage: legacy, both: true }`,
);
const TABLE = `version: 1
groups: { scheduling: { stage: legacy } }
routes:
  - { id: health, match: GET /health, stage: legacy }
  - { id: scheduled-jobs, match: GET /api/scheduled_jobs, group: scheduling }
sockets: { stage: split, events: { ${PRESENCE.join(', ')} } }
`;

describe('facade jobs', () => {
  let admin: RunningAdmin;
  let stub: StubSchedulerEngine;
  let view: SchedulerView;
  beforeEach(async () => {
    [admin, stub] = await Promise.all([startAdminForCli(TABLE), startStubSchedulerEngine()]);
    const engine = new SchedulerEngine(stub.target);
    view = { engine: stub.says.state.scheduler, jobs: undefined, handBackPending: undefined, lastTick: undefined };
    admin.state.scheduler = { view: () => view, jobs: (after, limit) => engine.jobs(after, limit) };
  });
  afterEach(async () => {
    await admin.close();
    await stub.stop();
  });

  const ran = async (args: readonly string[], options?: CliOptions) => {
    const run = await admin.cli(args, options);
    assert.equal(run.exit, 0, run.err);
    return run.out;
  };
  const owners = () => {
    const { owner, jobs } = schedulerOf(admin.table.current());
    return { owner, jobs };
  };
  /** As many jobs that ran alike at both sides, and otherwise. */
  const record = (matches: number, mismatches = 0) => {
    const snapshot = admin.table.current();
    const context = {
      minute: MINUTE,
      row: asComparedScheduler(schedulerOf(snapshot)),
      tableVersion: 1,
      engineBuild: 'build-1',
    };
    for (let at = 0; at < matches + mismatches; at += 1) {
      const as_legacy = at < matches ? [planned(1, 'HOST')] : [];
      const [job] = compareTick({ shadow: shadowTick({ as_legacy }), written: [written(1, 'HOST')], doubt: undefined });
      assert.ok(job);
      admin.comparisons.record(comparedTick(job, context), job.result);
    }
  };

  it('lists jobs page by page, with owners and both readings', async () => {
    stub.says.jobs = Array.from({ length: 250 }, (_none, at) => schedulerJob(at + 1));
    stub.says.jobs[0] = schedulerJob(1, { name: 'night \u001b[31m', owner: 'engine' });
    stub.says.jobs[1] = schedulerJob(2, {
      next_run_legacy: null,
      disagreement: 'at the legacy it stopped after a failed run (F5)',
    });
    const out = await ran(['jobs', '--limit', '240']);
    assert.match(out, /^scheduler: legacy$/m);
    assert.match(
      out,
      /^1 +engine \(to be legacy\) +yes +daily +2026-03-11T00:00Z +same +2026-03-10T00:00Z +Success +2 of 2 +night \\x1b\[31m$/m,
    );
    assert.match(out, /^2 +legacy +yes +daily +2026-03-11T00:00Z +- /m);
    assert.match(out, /^job 2: at the legacy it stopped after a failed run \(F5\)$/m);
    assert.match(out, /there are more/);
    const some = JSON.parse(await ran(['jobs', 'list', '--disagreeing', '--json'])) as { jobs: { id: number }[] };
    assert.deepEqual(
      some.jobs.map(({ id }) => id),
      [2],
    );
  });

  it('says how the schedulers are', async () => {
    assert.match(await ran(['jobs']), /no jobs/);
    view = {
      ...view,
      engine: {
        ...stub.says.state.scheduler,
        told: false,
        owned_jobs: 3,
        pending_hand_back: true,
        last_minute: MINUTE,
      },
    };
    const out = await ran(['jobs']);
    assert.match(out, /^engine: 3 jobs, last tick 2026-03-10T14:23:00/m);
    assert.match(out, /was not told yet/);
    assert.match(out, /go back to the legacy after the next tick/);
    await admin.table.flip({ target: 'sockets', stage: 'legacy', why: 'x', who: 'x' });
    assert.match(await ran(['jobs']), /Ticks are not compared: the engine would need sockets at split/);
  });

  it('counts one job as one', async () => {
    view = { ...view, engine: { ...stub.says.state.scheduler, owned_jobs: 1 } };
    assert.match(await ran(['jobs']), /^engine: 1 job$|^engine: 1 job, /m);
  });

  it('says that pages show jobs of the engine as disabled, where such jobs are listed and the legacy answers the pages', async () => {
    stub.says.jobs = [schedulerJob(1), schedulerJob(2, { owner: 'engine', disagreement: 'x' })];
    const mind = /^Mind: jobs of the engine show as disabled in the web pages.*: facade flip scheduling engine$/m;
    assert.match(await ran(['jobs']), mind);
    assert.doesNotMatch(await ran(['jobs', '--limit', '1']), /Mind/);
    await ran(['flip', 'scheduling', 'engine', '--why', 'x']);
    assert.doesNotMatch(await ran(['jobs']), /Mind/);
  });

  it('says why it can not list them', async () => {
    stub.says.refusal = { status: 503, text: 'busy' };
    const busy = await admin.cli(['jobs', '--json']);
    assert.equal(busy.exit, 1);
    assert.equal(JSON.parse(busy.err).error, 'jobs_unavailable');
    admin.state.scheduler = undefined;
    assert.match((await admin.cli(['jobs'])).err, /an engine that the facade supervises/);
  });

  it('takes and returns jobs, each time as one version, and says what the legacy shows of them meanwhile', async () => {
    stub.says.jobs = [12, 15].map((id) => schedulerJob(id));
    const taken = await ran(['jobs', 'take', '12', '15', '--why', 'to begin with']);
    assert.match(taken, /background:scheduler\/12 +legacy +engine/);
    assert.match(taken, /^Mind: jobs of the engine show as disabled.*facade flip scheduling engine/m);
    assert.deepEqual(owners(), { owner: 'legacy', jobs: { 12: 'engine', 15: 'engine' } });
    assert.equal(admin.table.current().version, 2);
    assert.match(await ran(['routes']), /^background scheduler: legacy, job 12 engine, job 15 engine$/m);
    assert.doesNotMatch(await ran(['flip', 'scheduling', 'engine', '--why', 'x']), /Mind/);
    await ran(['jobs', 'return', '12', '--why', 'enough']);
    assert.deepEqual(owners().jobs, { 15: 'engine' });
    assert.equal((await admin.cli(['jobs', 'take', 'x', '--why', 'y'])).exit, 2);
  });

  it('takes only jobs that there are, and takes a word about one that is gone out of the table', async () => {
    stub.says.jobs = [12, 15].map((id) => schedulerJob(id));
    for (const args of [
      ['jobs', 'take', '12', '13', '999'],
      ['flip', `${SCHEDULER}/12`, `${SCHEDULER}/13`, `${SCHEDULER}/999`, 'engine'],
      ['flip', `${SCHEDULER}/12`, `${SCHEDULER}/13`, `${SCHEDULER}/999`, 'engine', '--dry-run'],
    ]) {
      const refused = await admin.cli([...args, '--why', 'x', '--json']);
      assert.equal(JSON.parse(refused.err).error, 'unknown_job');
      assert.match(refused.err, /No scheduled job has the id 13, or 999/);
    }
    await ran(['jobs', 'take', '12', '--why', 'x']);
    stub.says.jobs = [];
    await ran(['jobs', 'return', '12', '--why', 'x']);
    assert.deepEqual(owners().jobs, {});
    await admin.table.flip({ target: SCHEDULER, stage: 'engine', why: 'x', who: 'x' });
    assert.match((await admin.cli(['jobs', 'return', '12', '--why', 'x'])).err, /No scheduled job has the id 12/);
    stub.says.refusal = { status: 503, text: 'gone' };
    await ran(['jobs', 'return', '12', '--why', 'a dead engine holds up no way back']);
  });

  it('lets the sockets go back only after the jobs, unless it must be', async () => {
    stub.says.jobs = [schedulerJob(12)];
    await ran(['jobs', 'take', '12', '--why', 'x']);
    const both = ['flip', 'sockets', SCHEDULER, 'legacy', '--why', 'x'];
    assert.match((await admin.cli(both)).err, /the engine may have jobs.*First hand back/);
    const owned = (engine: number) => ({ ...view, jobs: { engine, legacy: 3 } });
    view = owned(1);
    assert.match((await admin.cli(both)).err, /1 job is the engine's.*First hand back/);
    // The table gives the engine nothing any more, and it has not handed back yet.
    await ran(['jobs', 'return', '12', '--why', 'x']);
    const alone = ['flip', 'sockets', 'legacy', '--why', 'x'];
    assert.match((await admin.cli(alone)).err, /First hand back/);
    assert.match(await ran([...alone, '--force']), /^Mind: 1 job is still the engine's.*reach no agent/m);
    await ran(['flip', 'sockets', 'split', '--why', 'x']);
    view = owned(0);
    assert.doesNotMatch(await ran(alone), /Mind/);
  });

  it('rolls back to sockets at the legacy whatever the engine has, and says what that means', async () => {
    await admin.table.flip({ target: 'sockets', stage: 'legacy', why: 'x', who: 'x' });
    await admin.table.flip({ target: 'sockets', stage: 'split', why: 'x', who: 'x' });
    view = { ...view, jobs: { engine: 2, legacy: 3 } };
    assert.match(await ran(['rollback', '--why', 'x']), /^Mind: 2 jobs are still the engine's.*reach no agent/m);
  });

  it('flips several targets at once, and the whole scheduler only with evidence or by force', async () => {
    const together = ['flip', SCHEDULER, 'scheduling', 'engine', '--why', 'both'];
    const refused = await admin.cli([...together, '--json']);
    assert.equal(refused.exit, 3);
    const { error, problems } = JSON.parse(refused.err) as { error: string; problems: string[] };
    assert.equal(error, 'gate_not_met');
    assert.match(problems.join(), /background:scheduler: 0 conclusive comparisons of at least 100/);
    await ran([...together, '--force']);
    assert.equal(owners().owner, 'engine');
    assert.equal(admin.table.current().groups.get('scheduling')?.stage, 'engine');
    assert.match(await ran(['audit']), /promote-forced/);
    assert.equal((await admin.cli(['flip', 'health', 'nowhere', '--why', 'x'])).exit, 2);
  });

  it('compares, shows and promotes the scheduler as any row', async () => {
    assert.doesNotMatch(await ran(['compare']), /background:scheduler/);
    record(150);
    const listed = await ran(['compare']);
    assert.match(listed, /^background:scheduler +shadow +150 +100 % .* ready for engine$/m);
    const whole = await ran(['compare', SCHEDULER]);
    assert.doesNotMatch(whole, /no latency|status classes/);
    assert.match(await ran(['report', SCHEDULER, '--format', 'markdown']), /background:scheduler/);
    await ran(['promote', SCHEDULER]);
    assert.equal(owners().owner, 'engine');
    assert.match(await ran(['compare', SCHEDULER]), /150/);
  });

  it('shows where the schedulers differ', async () => {
    record(1, 2);
    const out = await ran(['mismatches', SCHEDULER]);
    assert.match(out, /missing +body\.runs\[\*\]/);
    const { pairs } = (await admin.call('GET', `/pairs?row=${SCHEDULER}&verdict=mismatch`)).body as {
      pairs: { id: number }[];
    };
    const shown = await ran(['show', String(pairs[0]?.id)]);
    assert.match(shown, /TICK job\/1/);
    assert.match(shown, /A tick of the scheduler does not come again/);
    assert.match(shown, /missing +body\.runs\[HOST\]/);
    assert.equal((await admin.cli(['promote', SCHEDULER])).exit, 3);
  });

  it('hands everything back, and waits until the engine has', async () => {
    await admin.table.flip({ target: SCHEDULER, stage: 'engine', why: 'x', who: 'x' });
    const { scheduler } = stub.says.state;
    view = { ...view, engine: { ...scheduler, owned_jobs: 2, pending_hand_back: true } };
    const late = await admin.cli(['jobs', 'hand-back', '--why', 'trouble', '--wait', '1', '--json']);
    assert.equal(late.exit, 1);
    assert.equal(JSON.parse(late.err).error, 'hand_back_pending');
    assert.equal(owners().owner, 'legacy');
    view = { ...view, engine: scheduler };
    assert.match(await ran(['jobs', 'hand-back', '--why', 'again']), /All jobs are with the legacy/);
    assert.equal((await admin.cli(['jobs', 'hand-back'])).exit, 2);
  });

  it('names jobs that the legacy does not run again, before and after they went back', async () => {
    const rests = { owner: 'engine', disagreement: 'a recurring job goes on after a failed run (F5)' } as const;
    stub.says.jobs = [
      schedulerJob(12, { ...rests, name: 'backup' }),
      schedulerJob(15, { owner: 'engine' }),
      schedulerJob(16, { ...rests, enabled: false }),
      schedulerJob(17, { ...rests, owner: 'legacy' }),
      schedulerJob(18, rests),
    ];
    await ran(['jobs', 'take', '12', '15', '16', '18', '--why', 'x']);
    const one = await ran(['jobs', 'return', '12', '16', '--why', 'x']);
    assert.match(one, /will not run these again.*\n {2}job 12, backup$/m);
    assert.doesNotMatch(await ran(['jobs', 'return', '15', '--why', 'x']), /again/);
    // An engine that is asked afterwards knows better: of 18 it made another end.
    view = { ...view, engine: { ...stub.says.state.scheduler, resting_jobs: [12, 17] } };
    const all = await ran(['jobs', 'hand-back', '--why', 'x']);
    assert.match(all, /will not run these again.*\n {2}job 12, backup$/m);
    const { engine } = JSON.parse(await ran(['jobs', '--json'])) as { engine: { restingJobs: number[] } };
    assert.deepEqual(engine.restingJobs, [12, 17]);
    view = { ...view, engine: stub.says.state.scheduler };
    const { resting } = JSON.parse(await ran(['jobs', 'hand-back', '--why', 'x', '--json'])) as { resting: unknown };
    assert.deepEqual(resting, [
      { id: 12, name: 'backup' },
      { id: 18, name: 'job 18' },
    ]);
  });

  it('gives single jobs back where the engine can not say which of them will rest', async () => {
    await admin.table.flip({ target: `${SCHEDULER}/12`, stage: 'engine', why: 'x', who: 'x' });
    stub.says.refusal = { status: 503, text: 'gone' };
    assert.match(await ran(['jobs', 'return', '12', '--why', 'x']), /could not be asked/);
    assert.deepEqual(owners().jobs, {});
  });

  it('takes along the rows that require the scheduler, where a table has such', async () => {
    const file = join(admin.directory, 'table.yaml');
    const requires = `{ stage: legacy, requires: [{ id: ${SCHEDULER}, atLeast: engine }] }`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('scheduling: { stage: legacy }', `scheduling: ${requires}`));
    await admin.table.flip({ target: SCHEDULER, also: ['scheduling'], stage: 'engine', why: 'x', who: 'x' });
    await ran(['jobs', 'hand-back', '--why', 'trouble']);
    assert.equal(owners().owner, 'legacy');
    assert.equal(admin.table.current().groups.get('scheduling')?.stage, 'legacy');
  });

  it('takes everything from an engine that does not answer, and says how to get the jobs out of the database', async () => {
    await admin.table.flip({ target: SCHEDULER, stage: 'engine', why: 'x', who: 'x' });
    stub.says.refusal = { status: 503, text: 'gone' };
    const { exit, err } = await admin.cli(['jobs', 'hand-back', '--why', 'trouble', '--wait', '1']);
    assert.equal(exit, 1);
    assert.equal(owners().owner, 'legacy');
    assert.match(err, /can't list the jobs now: .*gone/);
    assert.match(err, /facade jobs hand-back --offline/);
  });

  it('hands back without an engine, unless the table would have it take the jobs again', async () => {
    let runs = 0;
    const handBack: CliOptions['handBack'] = async () => {
      runs += 1;
      return { exit: 0, out: 'handed back 3 jobs\n', err: '' };
    };
    const nowhere = await admin.cli(['jobs', 'hand-back', '--offline'], { handBack });
    assert.equal(nowhere.exit, 2);
    assert.match(nowhere.err, /do not say where the database is\.\n.*shared\.projectRoot/);
    const env = { BOREALIS_PROJECT_ROOT: admin.directory };
    assert.equal(await ran(['jobs', 'hand-back', '--offline'], { handBack, env }), 'handed back 3 jobs\n');
    const locked: CliOptions['handBack'] = async () => ({ exit: 1, out: '', err: 'locked\n' });
    const failed = await admin.cli(['jobs', 'hand-back', '--offline'], { handBack: locked, env });
    assert.equal(failed.exit, 1);
    assert.match(failed.err, /locked/);
    const file = join(admin.directory, 'table.yaml');
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8')}background: { scheduler: { owner: legacy, jobs: { 7: engine } } }\n`,
    );
    const refused = await admin.cli(['jobs', 'hand-back', '--offline'], { handBack, env });
    assert.equal(refused.exit, 3);
    assert.match(refused.err, /would take them again/);
    assert.equal(runs, 1);
  });
});
