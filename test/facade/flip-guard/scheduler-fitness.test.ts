/** Before the engine gets jobs to run, it is asked whether it could. */
import assert from 'node:assert/strict';
import { FlipGuard, type GuardedSides } from '../../../src/facade/flip-guard/flip-guard.js';
import { SchedulerEngine } from '../../../src/facade/scheduler/scheduler-engine.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import { silentLog } from '../../kit/silent-log.js';
import { type StubSchedulerEngine, startStubSchedulerEngine } from '../../kit/stub-scheduler-engine.js';
import { MINUTE } from '../scheduler/shadow-ticks.js';

const EVENTS = ['connect_agent', 'agent_heartbeat', 'collector_status'].map(
  (name) => `${name}: { stage: legacy, both: true }`,
);

function table(scheduler: string): TableSnapshot {
  const text = `version: 1\nroutes: []\nsockets: { stage: split, events: { ${EVENTS.join(', ')} } }\nbackground: { scheduler: ${scheduler} }\n`;
  const check = checkTable({ file: 't.yaml', text, version: 1 });
  assert.ok(check.ok);
  return check.table.snapshot;
}

const LEGACY = table('{ owner: legacy }');
const ENGINE = table('{ owner: engine }');
const ONE = table('{ owner: legacy, jobs: { 12: engine } }');

describe('FlipGuard, of jobs', () => {
  let stub: StubSchedulerEngine;
  let link: boolean | undefined;
  const guard = new FlipGuard(silentLog);
  beforeEach(async () => {
    stub = await startStubSchedulerEngine();
    link = true;
    guard.connect({
      engine: stub.target,
      scheduler: { engine: new SchedulerEngine(stub.target), socketLink: () => link, now: () => (MINUTE + 30) * 1000 },
    } as unknown as GuardedSides);
  });
  afterEach(() => stub.stop());

  const towards = [
    ['the scheduler', ENGINE, LEGACY],
    ['one job', ONE, LEGACY],
    ['another job', table('{ owner: legacy, jobs: { 12: engine, 13: engine } }'), ONE],
    ['a job that the legacy still had', ENGINE, table('{ owner: engine, jobs: { 12: legacy } }')],
  ] as const;
  for (const [what, next, previous] of towards)
    it(`asks before the engine gets ${what}`, async () => {
      assert.equal(await guard.check(next, previous), undefined);
      assert.deepEqual(stub.minutes, [MINUTE]);
      stub.says.shadow = { ...stub.says.shadow, presence_known: false };
      assert.match((await guard.check(next, previous)) ?? '', /does not know yet who is online/);
      assert.equal(await guard.check(next, previous, true), undefined);
    });

  it('refuses an engine without link, without scheduler, busy, or gone', async () => {
    link = false;
    assert.match((await guard.check(ENGINE, LEGACY)) ?? '', /no link to the engine/);
    link = undefined;
    stub.says.state = { ...stub.says.state, tasks: ['approvals-prune'] };
    assert.match((await guard.check(ENGINE, LEGACY, true)) ?? '', /has no scheduler/);
    stub.says.refusal = { status: 503, text: 'busy' };
    assert.match(
      (await guard.check(ENGINE, LEGACY)) ?? '',
      /can't take the scheduler over now: the engine answered 503/,
    );
    await stub.stop();
    assert.match((await guard.check(ENGINE, LEGACY)) ?? '', /can't take the scheduler over now/);
  });

  it('never stands in the way back, and asks nothing of what stays', async () => {
    await stub.stop();
    assert.equal(await guard.check(LEGACY, ENGINE), undefined);
    assert.equal(await guard.check(LEGACY, ONE), undefined);
    assert.equal(await guard.check(ENGINE, ENGINE), undefined);
    assert.equal(await guard.check(table('{ owner: engine, jobs: { 12: legacy } }'), ENGINE), undefined);
  });
});
