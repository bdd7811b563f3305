import assert from 'node:assert/strict';
import { type ComparedJob, compareTick, type TickToCompare } from '../../../src/facade/scheduler/compare-tick.js';
import { difference, MINUTE, planned, shadowTick, written } from './shadow-ticks.js';

function compared(parts: Partial<TickToCompare>): readonly ComparedJob[] {
  return [...compareTick({ shadow: shadowTick(), written: [], doubt: undefined, ...parts })];
}
const verdicts = (jobs: readonly ComparedJob[]) => jobs.map(({ job, result }) => [job, result.verdict]);

describe('a tick that is compared', () => {
  it('says nothing of jobs that everybody lets rest', () => {
    assert.deepEqual(compared({}), []);
  });

  it('matches where the legacy did what the engine reads, job by job', () => {
    const as_legacy = [planned(1, 'A'), planned(1, 'B', 'Expired'), planned(2, 'A', 'Failed')];
    const rows = [
      written(1, 'A'),
      written(1, 'B', { startedAt: null, status: 'Expired', error: 'Device offline' }),
      written(2, 'A', { status: 'Failed', error: 'Credential required for remote execution' }),
    ];
    assert.deepEqual(verdicts(compared({ shadow: shadowTick({ as_legacy }), written: rows })), [
      [1, 'match'],
      [2, 'match'],
    ]);
  });

  it('goes by what a run was when it was written, whatever became of it since', () => {
    const shadow = shadowTick({ as_legacy: [planned(1, 'A'), planned(1, 'B')] });
    const rows = [written(1, 'A', { status: 'Success' }), written(1, 'B', { status: 'Failed', error: 'exit code 1' })];
    assert.deepEqual(verdicts(compared({ shadow, written: rows })), [[1, 'match']]);
  });

  it('finds each way in which they differ, host by host', () => {
    const shadow = shadowTick({
      as_legacy: [planned(1, 'B'), planned(1, 'C'), { ...planned(1, 'D'), occurrence: MINUTE - 300 }],
    });
    const rows = [written(1, 'A'), written(1, 'C', { startedAt: null, status: 'Expired' }), written(1, 'D')];
    const [job] = compared({ shadow, written: rows });
    assert.equal(job?.result.verdict, 'mismatch');
    assert.deepEqual(
      job?.result.differences.map(({ kind, path }) => [kind, path]),
      [
        ['missing', 'body.runs[A]'],
        ['value', 'body.runs[C].status'],
        ['value', 'body.runs[D].occurrence'],
        ['extra', 'body.runs[B]'],
      ],
    );
    assert.deepEqual(
      [job?.result.differences[1]?.legacy, job?.result.differences[1]?.engine],
      ['"Expired"', '"Running"'],
    );
  });

  it('passes over what the engine does otherwise on purpose, under the name of the fault that it mends', () => {
    const shadow = shadowTick({ as_legacy: [], as_engine: [planned(3, 'A')], named: [difference(3, 'A', 'F5')] });
    const [job] = compared({ shadow });
    assert.equal(job?.result.verdict, 'ignored');
    assert.deepEqual(job?.result.used, [{ by: 'rule', rule: 'F5', count: 1 }]);
    assert.equal(job?.result.passed[0]?.engine, `{"occurrence":${MINUTE},"status":"Running"}`);
    assert.match(job?.result.passed[0]?.why ?? '', /goes on after a failure/);
  });

  it('counts what nobody can explain, named or not', () => {
    const own = { as_legacy: [planned(3, 'A')], as_engine: [] };
    for (const named of [[], [difference(3, 'A', null)], [difference(3, 'B', 'F5')], [difference(4, 'A', 'F5')]]) {
      const [job] = compared({ shadow: shadowTick({ ...own, named }), written: [written(3, 'A')] });
      assert.equal(job?.result.verdict, 'mismatch');
      assert.deepEqual(
        job?.result.differences.map(({ kind, path }) => [kind, path]),
        [['missing', 'body.own[A]']],
      );
    }
  });

  it('never lets a mended fault excuse a wrong reading of the legacy', () => {
    const shadow = shadowTick({ as_legacy: [], as_engine: [planned(3, 'A')], named: [difference(3, 'A', 'F5')] });
    const [job] = compared({ shadow, written: [written(3, 'A')] });
    assert.equal(job?.result.verdict, 'mismatch');
  });

  it('says nothing where the tick, or the job, was not seen for sure, whether or not the sides agree', () => {
    for (const as_legacy of [[], [planned(1, 'A')]]) {
      const rows = [written(1, 'A')];
      const [doubted] = compared({ shadow: shadowTick({ as_legacy }), written: rows, doubt: 'presence_unknown' });
      assert.deepEqual([doubted?.result.verdict, doubted?.result.reason], ['inconclusive', 'presence_unknown']);
      const [changed] = compared({ shadow: shadowTick({ as_legacy, unsure_jobs: [1] }), written: rows });
      assert.deepEqual([changed?.result.verdict, changed?.result.reason], ['inconclusive', 'job_changed']);
      const [unsure] = compared({ shadow: shadowTick({ as_legacy, unsure_hosts: ['A'] }), written: rows });
      assert.deepEqual([unsure?.result.verdict, unsure?.result.reason], ['inconclusive', 'presence_unknown']);
    }
  });

  it('leaves out hosts that reported as the tick began, and says so', () => {
    const shadow = shadowTick({ as_legacy: [planned(1, 'A')], unsure_hosts: ['B'] });
    const [job] = compared({ shadow, written: [written(1, 'A'), written(1, 'B')] });
    assert.equal(job?.result.verdict, 'match');
    assert.deepEqual(job?.result.notSeen, ['hosts that reported as the tick began']);
  });

  it('tells a bounded number of differences, and how many more there are', () => {
    const hosts = Array.from({ length: 250 }, (_none, at) => `HOST-${at}`);
    const [job] = compared({ written: hosts.map((host) => written(1, host)) });
    assert.equal(job?.result.differences.length, 200);
    assert.equal(job?.result.untold.differences, 50);
  });
});
