/** Single jobs of the scheduler change their owner by flips, whatever style the file has, and the scheduler goes with what it needs. */
import assert from 'node:assert/strict';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { FlipRequest, MigrationTableStore } from '../../../src/facade/table/migration-table-store.js';
import { schedulerOf } from '../../../src/facade/table/scheduler-row.js';
import { code, type OpenTable, openTable } from './open-table.js';

const BY = { why: 'a test', who: 'test' } as const;
const SCHEDULER = 'background:scheduler';
/** What the engine needs: clients, and word of who is there. */
const PRESENT =
  'sockets: { stage: split, events: { connect_agent: { group: presence, both: true }, agent_heartbeat: { group: presence, both: true }, collector_status: { group: presence, both: true } } }';
const ROWS = `groups:
  presence: { stage: legacy }
  scheduling: { stage: legacy, requires: [{ id: background:scheduler, atLeast: engine }] }
routes:
  - { id: jobs, match: GET /jobs, group: scheduling }
${PRESENT}
`;
const withBackground = (background: string) => `version: 1\n${ROWS}${background}`;

describe('facade: flips of jobs', () => {
  let table: OpenTable;
  afterEach(() => table.close());

  const flip = (target: string, stage: FlipRequest['stage'], ...also: string[]) =>
    table.store.flip({ target, stage, also, ...BY });
  const ownersIn = (store: MigrationTableStore) => {
    const { owner, jobs } = schedulerOf(store.current());
    return { owner, jobs };
  };

  const styles: readonly (readonly [what: string, before: string, taken: string])[] = [
    [
      'an entry',
      'background:\n  scheduler: { owner: legacy } # by night\n',
      'background:\n  scheduler: { owner: legacy, jobs: { 12: engine } } # by night\n',
    ],
    [
      'a block',
      'background:\n  scheduler:\n    owner: legacy # ours\n    note: x\n',
      'background:\n  scheduler:\n    owner: legacy # ours\n    jobs: { 12: engine }\n    note: x\n',
    ],
    [
      'a section without it',
      'background:\n  repo-refresh: { owner: legacy }\n',
      'background:\n  scheduler: { owner: legacy, jobs: { 12: engine } }\n  repo-refresh: { owner: legacy }\n',
    ],
  ];
  for (const [what, before, taken] of styles)
    it(`takes a job, written into ${what}, and returns it`, async () => {
      table = await openTable({ text: withBackground(before) });
      const made = await flip(`${SCHEDULER}/12`, 'engine');
      assert.equal(table.text(), withBackground(taken));
      assert.deepEqual(made.changes, [{ id: `${SCHEDULER}/12`, from: 'legacy', to: 'engine' }]);
      assert.deepEqual(ownersIn(table.store), { owner: 'legacy', jobs: { 12: 'engine' } });
      await flip(`${SCHEDULER}/12`, 'legacy');
      assert.equal(
        table.text(),
        withBackground(taken.replace(/, jobs: \{ 12: engine \}| {4}jobs: \{ 12: engine \}\n/, '')),
      );
      assert.deepEqual(ownersIn(table.store).jobs, {});
    });

  it('takes and returns several at once, beside those with a line and a comment of their own', async () => {
    const background =
      'background:\n  scheduler:\n    owner: legacy\n    jobs:\n      # the report\n      7: engine # since May\n      "8": engine\n  repo-refresh: { owner: legacy }\n';
    table = await openTable({ text: withBackground(background) });
    const { changes } = await flip(`${SCHEDULER}/12`, 'engine', `${SCHEDULER}/15`);
    assert.deepEqual(
      changes.map(({ id }) => id),
      [`${SCHEDULER}/12`, `${SCHEDULER}/15`],
    );
    assert.equal(
      table.text(),
      withBackground(
        background.replace('      "8": engine\n', '      "8": engine\n      12: engine\n      15: engine\n'),
      ),
    );
    await flip(`${SCHEDULER}/8`, 'legacy', `${SCHEDULER}/12`, `${SCHEDULER}/15`);
    assert.equal(table.text(), withBackground(background.replace('      "8": engine\n', '')));
    await flip(`${SCHEDULER}/7`, 'legacy');
    assert.deepEqual(ownersIn(table.store), { owner: 'legacy', jobs: {} });
    assert.equal(
      table.text(),
      withBackground('background:\n  scheduler:\n    owner: legacy\n  repo-refresh: { owner: legacy }\n'),
    );
  });

  it('gives the whole scheduler, jobs with a word of their own included, both ways', async () => {
    table = await openTable({
      text: withBackground('background:\n  scheduler: { owner: legacy, jobs: { 12: engine, 15: engine } }\n'),
    });
    const taken = await flip(SCHEDULER, 'engine');
    assert.match(table.text(), /scheduler: \{ owner: engine \}/);
    assert.deepEqual(taken.changes, [{ id: SCHEDULER, from: 'legacy', to: 'engine' }]);
    await flip(`${SCHEDULER}/15`, 'legacy', `${SCHEDULER}/16`);
    assert.deepEqual(ownersIn(table.store), { owner: 'engine', jobs: { 15: 'legacy', 16: 'legacy' } });
    // Who flips what is the owner's already gets the jobs that are not.
    const whole = await flip(SCHEDULER, 'engine');
    assert.deepEqual(
      whole.changes.map(({ id, to }) => [id, to]),
      [
        [`${SCHEDULER}/15`, 'engine'],
        [`${SCHEDULER}/16`, 'engine'],
      ],
    );
    await assert.rejects(flip(SCHEDULER, 'engine'), code('nothing_to_change'));
    await flip(SCHEDULER, 'legacy');
    assert.deepEqual(ownersIn(table.store), { owner: 'legacy', jobs: {} });
    await table.store.rollback({ to: taken.version - 1, ...BY });
    assert.deepEqual(ownersIn(table.store).jobs, { 12: 'engine', 15: 'engine' });
  });

  it('refuses what means nothing', async () => {
    table = await openTable({ text: withBackground('') });
    await assert.rejects(flip(`${SCHEDULER}/12`, 'legacy'), code('nothing_to_change'));
    await assert.rejects(flip(`${SCHEDULER}/12`, 'shadow'), code('stage_unavailable'));
    for (const target of [
      `${SCHEDULER}/0`,
      `${SCHEDULER}/012`,
      `${SCHEDULER}/x`,
      `${SCHEDULER}/`,
      'background:repo-refresh/1',
    ])
      await assert.rejects(flip(target, 'engine'), code('unknown_target'), target);
    await assert.rejects(flip(SCHEDULER, 'engine', 'nobody'), code('unknown_target'));
  });

  it('asks rules of the outcome when several targets go together, in whatever order they are named', async () => {
    table = await openTable({ text: withBackground('background: { scheduler: { owner: legacy } }\n') });
    await assert.rejects(flip('scheduling', 'engine'), code('requires_unmet', /background:scheduler/));
    const { version } = table.store.current();
    const made = await flip('scheduling', 'engine', SCHEDULER);
    assert.equal(made.version, version + 1);
    assert.deepEqual(made.changes.map(({ id }) => id).sort(), [SCHEDULER, 'jobs']);
    await assert.rejects(flip(SCHEDULER, 'legacy'), code('requires_unmet', /scheduling/));
    // The routes serve all jobs, whoever runs them.
    await flip(`${SCHEDULER}/12`, 'legacy');
    const text = table.text();
    await assert.rejects(flip(SCHEDULER, 'legacy', 'nobody'), code('unknown_target'));
    assert.equal(table.text(), text);
    await flip(SCHEDULER, 'legacy', 'scheduling');
    assert.equal(ownersIn(table.store).owner, 'legacy');
  });

  it('needs sockets and presence at the engine for any job, and keeps them there', async () => {
    table = await openTable({ text: withBackground('').replace('stage: split', 'stage: legacy') });
    await assert.rejects(
      flip(`${SCHEDULER}/12`, 'engine'),
      code('requires_unmet', /may give jobs to the engine only when sockets is at split/),
    );
    await flip('sockets', 'split');
    await flip(`${SCHEDULER}/12`, 'engine');
    await assert.rejects(flip('sockets', 'legacy'), code('requires_unmet', /sockets/));
    await flip('sockets', 'legacy', SCHEDULER);
    assert.equal(table.store.current().sockets.stage, 'legacy');
  });

  it('needs each event of presence, named by the file or not', async () => {
    for (const missing of [
      'agent_heartbeat: { group: presence, both: true }, ',
      'collector_status: { group: presence, both: true } ',
    ]) {
      const text = withBackground('background: { scheduler: { owner: engine } }\n').replace(missing, '');
      const check = checkTable({ file: 't.yaml', text, version: 1 });
      assert.ok(!check.ok);
      assert.match(
        check.problems.map(({ message }) => message).join(),
        new RegExp(`only when event:${missing.split(':')[0]} is at engine`),
      );
    }
    table = await openTable({ text: withBackground('') });
  });

  it('lists every problem of a hand-written entry', async () => {
    table = await openTable({ text: withBackground('') });
    const problems = (entry: string) => {
      const check = checkTable({
        file: 't.yaml',
        text: withBackground(`background: { scheduler: ${entry} }\n`),
        version: 1,
      });
      return check.ok ? [] : check.problems.map(({ field, message }) => `${field}: ${message}`);
    };
    assert.match(
      problems('{ owner: legacy, jobs: { 12: legacy } }').join(),
      /scheduler.jobs.12: expected jobs of another owner/,
    );
    assert.match(
      problems('{ owner: legacy, jobs: { x: engine } }').join(),
      /expected the id of a job, such as 12 \(found "x"\)/,
    );
    assert.match(problems('{ owner: legacy, jobs: { 12: shadow } }').join(), /expected one of legacy, engine/);
    assert.match(problems('{ owner: legacy, jobs: [12] }').join(), /expected a map/);
    assert.match(problems('{ owner: legacy, guard: off }').join(), /expected no guard/);
    assert.match(problems('{ owner: legacy, compare: { ignore: [body] } }').join(), /expected no rules/);
    assert.deepEqual(problems('{ owner: legacy, sample: 50%, gate: { minimum: 20 } }'), []);
    const prune = checkTable({
      file: 't.yaml',
      text: withBackground('background: { approvals-prune: { owner: legacy, jobs: {} } }\n'),
      version: 1,
    });
    assert.ok(!prune.ok && /expected one of owner, note/.test(prune.problems[0]?.message ?? ''));
  });
});
