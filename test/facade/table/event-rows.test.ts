/** Rows of events: what a table may say of them, and what it means. */
import assert from 'node:assert/strict';
import { DEFAULT_COMPARE_RULES } from '../../../src/facade/comparing/rules/compare-rules.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import { GATE_DEFAULTS } from '../../../src/facade/table/gate-config.js';
import { GUARD_DEFAULTS } from '../../../src/facade/table/guard-config.js';
import { formatProblem } from '../../../src/facade/table/table-error.js';
import type { EventRow, TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import { CLIENT_EVENTS, LEGACY_EVENTS } from '../../../src/legacy-bridge/realtime/client-events.js';

function check(text: string): ReturnType<typeof checkTable> {
  return checkTable({ file: 't.yaml', text: `version: 1\n${text}`, version: 1 });
}

function snapshotOf(text: string): TableSnapshot {
  const found = check(text);
  assert.ok(found.ok, JSON.stringify(found.ok ? '' : found.problems.map(formatProblem)));
  return found.table.snapshot;
}

function problemsOf(text: string): string[] {
  const found = check(text);
  return found.ok ? [] : found.problems.map(formatProblem);
}

/** One row of sockets at `split`. */
function rowOf(row: string, { event = 'macro_status', rest = '' } = {}): EventRow | undefined {
  return snapshotOf(`${rest}sockets:\n  stage: split\n  events:\n    ${event}: ${row}\n`).sockets.events.get(event);
}

const events = (lines: string, stage = 'split') => `sockets:\n  stage: ${stage}\n  events:\n    ${lines}\n`;

describe('rows of events', () => {
  it('have what they say, and the defaults else', () => {
    assert.deepEqual(rowOf('{ stage: shadow, sample: 10%, both: true, fallback: none, note: why }'), {
      id: 'event:macro_status',
      event: 'macro_status',
      group: undefined,
      stage: 'shadow',
      canary: undefined,
      both: true,
      fallback: 'none',
      sample: 10,
      requires: [],
      compare: DEFAULT_COMPARE_RULES,
      gate: GATE_DEFAULTS,
      guard: GUARD_DEFAULTS,
    });
    const plain = rowOf('{ stage: canary, canary: { percent: 5, by: guid } }', {
      rest: 'defaults: { sample: 20%, fallback: none, stage: engine }\n',
    });
    assert.deepEqual([plain?.canary, plain?.sample, plain?.fallback], [{ percent: 5, by: 'guid' }, 20, 'none']);
    assert.equal(plain?.both, false);
  });

  it('have rules of comparing, a gate and a guard, as routes have', () => {
    const row = rowOf('{ stage: shadow, compare: { tolerance: 9ms }, gate: { minimum: 7 }, guard: off }', {
      rest: 'defaults: { gate: { perStatus: 3 } }\n',
    });
    assert.deepEqual(
      [row?.compare.toleranceMs, row?.gate.minimum, row?.gate.perStatus, row?.guard.on],
      [9, 7, 3, false],
    );
  });

  it('move with their group, which routes may be in too', () => {
    const { sockets, routes } = snapshotOf(
      `groups: { g: { stage: verify, sample: 7% } }\nroutes: [{ id: a, match: GET /a, group: g }]\n${events('macro_status: { group: g, both: true }')}`,
    );
    const row = sockets.events.get('macro_status');
    assert.deepEqual([row?.group, row?.stage, row?.sample, row?.both], ['g', 'engine', 7, true]);
    assert.equal(routes[0]?.stage, 'verify');
  });

  it('at retired have neither the legacy behind them nor beside them', () => {
    const row = rowOf('{ stage: retired, both: true, fallback: legacy }');
    assert.deepEqual([row?.both, row?.fallback], [false, 'none']);
  });

  it('are kept while the sockets are at legacy, and may be of any event that is known', () => {
    const lines = CLIENT_EVENTS.map((event) => `${event}: { stage: engine }`).join('\n    ');
    const { sockets } = snapshotOf(events(lines, 'legacy'));
    assert.deepEqual([sockets.stage, [...sockets.events.keys()]], ['legacy', [...CLIENT_EVENTS]]);
    assert.equal(LEGACY_EVENTS.length, 12);
  });

  it('may be of events that the project does not know, when that is meant', () => {
    assert.equal(
      rowOf('{ stage: engine, custom: true }', { event: 'Own event'.replace(' ', '.') })?.event,
      'Own.event',
    );
  });

  const refused: readonly [string, string, readonly RegExp[]][] = [
    [
      'a misspelled event',
      events('agent_heartbeet: { stage: engine }'),
      [
        /^t.yaml:5: sockets.events.agent_heartbeet: expected an event that is known, or custom: true beside it .*\(did you mean agent_heartbeat\?\)/,
      ],
    ],
    ['a name in other case', events('Macro_status: { stage: legacy }'), [/did you mean macro_status/]],
    [
      'what the protocol keeps for itself',
      events('disconnect: { stage: engine, custom: true }'),
      [/disconnect is kept by the protocol, and told to both sides without a row/],
    ],
    [
      'custom of a known event',
      events('macro_status: { stage: legacy, custom: true }'),
      [/macro_status.custom: expected no custom/],
    ],
    ['white space in a name', events('"a b": { stage: legacy, custom: true }'), [/expected the name of an event/]],
    ['a row without a stage', events('macro_status: { both: true }'), [/expected a stage or a group/]],
    [
      'verify',
      events('macro_status: { stage: verify }'),
      [/legacy, shadow, canary, engine, retired: at verify the legacy is asked again/],
    ],
    ['a canary without a share', events('macro_status: { stage: canary }'), [/expected a canary beside it/]],
    [
      'both that is no flag',
      events('macro_status: { stage: engine, both: yes please }'),
      [/both: expected true or false/],
    ],
    ['whom it lets in', events('macro_status: { stage: engine, access: device }'), [/expected no access here/]],
    ['a time-out', events('macro_status: { stage: engine, timeoutMs: 5 }'), [/expected no timeoutMs here/]],
    ['a field that there is not', events('macro_status: { stage: engine, bot: true }'), [/did you mean both/]],
    ['a group that there is not', events('macro_status: { group: g }'), [/expected the id of a group \(found "g"\)/]],
    [
      'a stage beside the group',
      `groups: { g: { stage: legacy } }\n${events('macro_status: { group: g, stage: engine }')}`,
      [/expected no stage: the row flips with group g/],
    ],
    [
      'split of a row',
      'routes: [{ id: a, match: GET /a, stage: split }]\n',
      [/expected one of legacy, shadow, canary, verify/],
    ],
  ];
  for (const [what, text, expected] of refused)
    it(`refuse ${what}`, () => {
      const found = problemsOf(text);
      assert.equal(found.length, expected.length, JSON.stringify(found));
      for (const [index, want] of expected.entries()) assert.match(found[index] ?? '', want);
    });
});

describe('requirements of sockets and events', () => {
  const table = ({
    sockets = 'split',
    presence = 'legacy',
    both = true,
    require = '{ id: presence, atLeast: engine, orBoth: true }',
  } = {}) =>
    `groups: { presence: { stage: ${presence} } }\nroutes: [{ id: a, match: GET /a, stage: engine, requires: [${require}] }]\nsockets:\n  stage: ${sockets}\n  events:\n    connect_agent: { group: presence, both: ${both} }\n    agent_heartbeat: { group: presence, both: true }\n`;

  it('order the sockets legacy, split, engine', () => {
    for (const [sockets, atLeast, met] of [
      ['legacy', 'split', false],
      ['split', 'split', true],
      ['engine', 'split', true],
      ['split', 'engine', false],
      ['engine', 'engine', true],
    ] as const)
      assert.equal(
        problemsOf(table({ sockets, require: `{ id: sockets, atLeast: ${atLeast} }` })).length === 0,
        met,
        `${sockets} ${atLeast}`,
      );
  });

  it('are met by events that the engine handles, or gets beside the legacy', () => {
    assert.deepEqual(problemsOf(table()), []);
    assert.deepEqual(problemsOf(table({ presence: 'engine', both: false })), []);
    assert.match(
      problemsOf(table({ both: false }))[0] ?? '',
      /only when presence is at engine or beyond \(or at split with both\), and that is at legacy/,
    );
    assert.match(
      problemsOf(table({ require: '{ id: presence, atLeast: engine }' }))[0] ?? '',
      /presence is at engine or beyond, and that is at legacy/,
    );
    assert.deepEqual(
      problemsOf(table({ require: '{ id: "event:connect_agent", atLeast: engine, orBoth: true }' })),
      [],
    );
  });

  it('go by the sockets where rows of events are not in force', () => {
    assert.equal(problemsOf(table({ sockets: 'legacy', presence: 'engine' })).length, 1);
    assert.deepEqual(problemsOf(table({ sockets: 'engine', both: false })), []);
  });

  it('bind events where the engine handles them', () => {
    const text = (sockets: string, stage: string) =>
      events(`macro_status: { stage: ${stage}, requires: [{ id: background:scheduler, atLeast: engine }] }`, sockets);
    assert.deepEqual(problemsOf(text('legacy', 'engine')), []);
    assert.deepEqual(problemsOf(text('split', 'shadow')), []);
    assert.match(
      problemsOf(text('split', 'engine'))[0] ?? '',
      /event:macro_status may go beyond shadow only when background:scheduler/,
    );
    assert.match(problemsOf(text('engine', 'legacy'))[0] ?? '', /event:macro_status may go/);
  });

  it('bind a group of routes and events by whichever of them has moved', () => {
    const text = (sockets: string) =>
      `groups: { g: { stage: engine, requires: [{ id: background:scheduler, atLeast: engine }] } }\nroutes: [{ id: a, match: GET /a, group: g }]\n${events('macro_status: { group: g }', sockets)}`;
    for (const sockets of ['legacy', 'split', 'engine'])
      assert.match(
        problemsOf(text(sockets))[0] ?? '',
        /g may go beyond shadow only when background:scheduler/,
        sockets,
      );
  });

  it('ask of such a group what the least of them has reached', () => {
    const text = (sockets: string) =>
      `groups: { g: { stage: engine } }\nroutes:\n  - { id: a, match: GET /a, group: g }\n  - { id: b, match: GET /b, stage: engine, requires: [{ id: g, atLeast: engine }] }\n${events('macro_status: { group: g }', sockets)}`;
    assert.match(problemsOf(text('legacy'))[0] ?? '', /only when g is at engine or beyond, and that is at legacy/);
    assert.deepEqual([problemsOf(text('split')), problemsOf(text('engine'))], [[], []]);
  });

  it('see circles through events and their groups', () => {
    const text = `groups: { g: { stage: legacy } }\nroutes: [{ id: a, match: GET /a, stage: legacy, requires: [{ id: g, atLeast: engine }] }]\n${events('macro_status: { group: g, requires: [{ id: a, atLeast: engine }] }')}`;
    assert.match(problemsOf(text).join('\n'), /a requires itself in the end/);
  });

  it('say which stages there are', () => {
    assert.match(
      problemsOf(table({ require: '{ id: sockets, atLeast: canary }' }))[0] ?? '',
      /expected split or engine of the sockets/,
    );
    assert.match(
      problemsOf(table({ require: '{ id: presence, atLeast: split }' }))[0] ?? '',
      /expected split of sockets only/,
    );
    assert.match(
      problemsOf(table({ require: '{ id: sockets, atLeast: split, orBoth: true }' }))[0] ?? '',
      /orBoth only where events are required/,
    );
  });
});
