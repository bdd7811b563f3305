import assert from 'node:assert/strict';
import { SchedulerEngine } from '../../../src/facade/scheduler/scheduler-engine.js';
import { type StubSchedulerEngine, schedulerJob, startStubSchedulerEngine } from '../../kit/stub-scheduler-engine.js';
import { code } from '../table/open-table.js';
import { MINUTE } from './shadow-ticks.js';

describe('asking the engine about the scheduler', () => {
  let stub: StubSchedulerEngine;
  let engine: SchedulerEngine;
  beforeEach(async () => {
    stub = await startStubSchedulerEngine();
    engine = new SchedulerEngine(stub.target);
  });
  afterEach(() => stub.stop());

  it('tells, lists and asks over its socket', async () => {
    const wish = { owned: ['scheduler'], scheduler: { owner: 'legacy', jobs: { 12: 'engine' } } } as const;
    assert.deepEqual((await engine.own(wish)).tasks, ['scheduler', 'approvals-prune']);
    assert.deepEqual(stub.wishes, [wish]);
    stub.says.jobs = [1, 2, 3].map((id) => schedulerJob(id));
    const { jobs, next } = await engine.jobs(1, 1);
    assert.deepEqual([jobs.map(({ id }) => id), next], [[2], 2]);
    assert.equal((await engine.shadow(MINUTE)).minute, MINUTE);
    assert.equal((await engine.state()).scheduler.owned_jobs, 0);
  });

  it('tells apart why there is no answer', async () => {
    stub.says.refusal = { status: 503, text: '{"error":"database_busy"}' };
    await assert.rejects(engine.state(), code('engine_busy', /503.*database_busy/));
    stub.says.refusal = { status: 404, text: 'Not Found' };
    await assert.rejects(engine.shadow(MINUTE), code('engine_not_served', /404: Not Found/));
    stub.says.refusal = { status: 200, text: '<html>' };
    await assert.rejects(engine.jobs(0, 1), code('engine_not_served'));
    stub.says.refusal = { status: 200, text: ' '.repeat(8 * 1024 * 1024 + 1) };
    await assert.rejects(engine.shadow(MINUTE), code('tick_too_large', /more than 8388608 bytes/));
    stub.says.refusal = undefined;
    assert.equal((await engine.shadow(MINUTE)).minute, MINUTE);
    await stub.stop();
    await assert.rejects(engine.state(), code('engine_unreachable'));
  });
});
