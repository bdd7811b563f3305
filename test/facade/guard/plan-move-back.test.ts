import assert from 'node:assert/strict';
import { planMoveBack } from '../../../src/facade/guard/plan-move-back.js';
import { wayBackStage } from '../../../src/facade/guard/way-back-stage.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';

function snapshotOf(rows: string, groups = ''): TableSnapshot {
  const text = `version: 1\n${groups}routes:\n${rows}`;
  const check = checkTable({ file: 'table.yaml', text, version: 1 });
  if (!check.ok) throw new Error(JSON.stringify(check.problems));
  return check.table.snapshot;
}

const row = (id: string, stage: string, requires = '') =>
  `  - { id: ${id}, match: GET /${id}, ${stage}${requires === '' ? '' : `, requires: [${requires}]`} }\n`;

describe('planMoveBack', () => {
  it('moves a row that nobody requires alone', () => {
    const snapshot = snapshotOf(row('a', 'stage: engine') + row('b', 'stage: engine'));
    assert.deepEqual(planMoveBack(snapshot, 'a', 'legacy'), { moves: [{ target: 'a', stage: 'legacy' }] });
  });

  it('takes along what requires it, through chains, each before what it requires', () => {
    const snapshot = snapshotOf(
      row('a', 'stage: engine') +
        row('d', 'stage: engine', '{ id: a, atLeast: canary }, { id: b, atLeast: canary }') +
        row('b', 'stage: engine', '{ id: a, atLeast: canary }') +
        row('c', 'stage: engine', '{ id: d, atLeast: verify }') +
        row('other', 'stage: engine'),
    );
    const plan = planMoveBack(snapshot, 'a', 'legacy');
    assert.ok('moves' in plan);
    assert.deepEqual(
      plan.moves.map(({ target }) => target),
      ['c', 'd', 'b', 'a'],
    );
  });

  it('leaves alone what requires no more than where the row goes', () => {
    const snapshot = snapshotOf(
      row('a', 'stage: engine') +
        row('near', 'stage: canary, canary: { percent: 5 }', '{ id: a, atLeast: shadow }') +
        row('far', 'stage: engine', '{ id: a, atLeast: canary }') +
        row('compared', 'stage: shadow', '{ id: a, atLeast: canary }'),
    );
    assert.deepEqual(planMoveBack(snapshot, 'a', 'shadow'), {
      moves: [
        { target: 'far', stage: 'legacy' },
        { target: 'a', stage: 'shadow' },
      ],
    });
  });

  it('takes the scheduler along, and what requires it, when presence goes back to a legacy that alone would hear it', () => {
    const events = ['connect_agent', 'agent_heartbeat', 'collector_status'].map(
      (name) => `${name}: { group: presence }`,
    );
    const snapshot = snapshotOf(
      row('jobs', 'stage: engine', '{ id: background:scheduler, atLeast: engine }'),
      `groups:\n  presence: { stage: engine }\nsockets: { stage: split, events: { ${events.join(', ')} } }\nbackground: { scheduler: { owner: engine } }\n`,
    );
    const plan = planMoveBack(snapshot, 'presence', 'legacy');
    assert.ok('moves' in plan);
    assert.deepEqual(
      plan.moves.map(({ target }) => target),
      ['jobs', 'background:scheduler', 'presence'],
    );
  });

  it('moves groups whole', () => {
    const snapshot = snapshotOf(
      row('a', 'group: pair') + row('b', 'group: pair') + row('c', 'stage: engine', '{ id: pair, atLeast: canary }'),
      'groups:\n  pair: { stage: engine }\n',
    );
    assert.deepEqual(planMoveBack(snapshot, 'pair', 'legacy'), {
      moves: [
        { target: 'c', stage: 'legacy' },
        { target: 'pair', stage: 'legacy' },
      ],
    });
  });

  it('takes along events that require it, and rows that live off what events tell', () => {
    const events = (stage: string) =>
      `sockets:\n  stage: split\n  events:\n    macro_status: { stage: ${stage}, requires: [{ id: a, atLeast: canary }] }\n    connect_agent: { stage: engine }\n`;
    const rows =
      row('a', 'stage: engine') +
      row('reader', 'stage: engine', '{ id: "event:connect_agent", atLeast: engine, orBoth: true }');
    const snapshot = snapshotOf(rows + events('engine'));
    assert.deepEqual(planMoveBack(snapshot, 'a', 'legacy'), {
      moves: [
        { target: 'event:macro_status', stage: 'legacy' },
        { target: 'a', stage: 'legacy' },
      ],
    });
    const plan = planMoveBack(snapshot, 'event:connect_agent', 'legacy');
    assert.ok('moves' in plan);
    assert.deepEqual(
      plan.moves.map(({ target }) => target),
      ['reader', 'event:connect_agent'],
    );
    assert.deepEqual(planMoveBack(snapshotOf(rows + events('retired')), 'a', 'legacy'), {
      blockedBy: ['event:macro_status'],
    });
  });

  it('gives up when a row without a legacy requires it', () => {
    const snapshot = snapshotOf(
      row('a', 'stage: engine') +
        row('b', 'stage: engine', '{ id: a, atLeast: engine }') +
        row('gone', 'stage: retired', '{ id: b, atLeast: engine }'),
    );
    assert.deepEqual(planMoveBack(snapshot, 'a', 'legacy'), { blockedBy: ['gone'] });
  });
});

describe('wayBackStage', () => {
  const change = (id: string, from: string, to: string) => ({ changes: [{ id, from, to }] });

  it('is where the legacy last answered everyone', () => {
    const versions = [
      change('a', 'verify', 'engine'),
      change('b', 'legacy', 'engine'),
      change('a', 'canary 5 % by guid', 'verify'),
      change('a', 'shadow', 'canary 5 % by guid'),
      change('a', 'legacy', 'shadow'),
    ];
    assert.equal(wayBackStage(versions, 'a'), 'shadow');
    assert.equal(wayBackStage(versions, 'b'), 'legacy');
    assert.equal(wayBackStage(versions, 'unknown'), 'legacy');
    assert.equal(wayBackStage([], 'a'), 'legacy');
  });
});
