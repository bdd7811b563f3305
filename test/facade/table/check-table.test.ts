import assert from 'node:assert/strict';
import { checkTable } from '../../../src/facade/table/check-table.js';
import { formatProblem } from '../../../src/facade/table/table-error.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import { SMALL_TABLE } from './open-table.js';

function problems(text: string): string[] {
  const check = checkTable({ file: 't.yaml', text, version: 1 });
  return check.ok ? [] : check.problems.map(formatProblem);
}

function snapshotOf(text: string): TableSnapshot {
  const check = checkTable({ file: 't.yaml', text, version: 7 });
  assert.ok(check.ok, check.ok ? '' : check.problems.map(formatProblem).join('\n'));
  return check.table.snapshot;
}

/** A table around one part, which begins on line 2. */
function only(part: string): string {
  return `version: 1\n${part}\n`;
}

/** A row around its fields, on line 3. */
function row(fields: string): string {
  return only(`routes:\n  - { id: a, match: GET /a, ${fields} }`);
}

const CASES: [name: string, text: string, expected: (RegExp | string)[]][] = [
  [
    'an empty file',
    '',
    ['t.yaml:1: expected a map (found nothing)', 't.yaml:1: version: expected version: 1 (found nothing)'],
  ],
  ['another version', 'version: 2\n', ['t.yaml:1: version: expected version: 1 (found 2)']],
  ['a list for a table', '- a\n', [/t.yaml:1: expected a map \(found a list\)/, /version/]],
  [
    'an unknown key',
    only('route: []'),
    [
      't.yaml:2: route: expected one of version, profile, defaults, groups, routes, sockets, background (did you mean routes?)',
    ],
  ],
  [
    'an unknown field of a row',
    row('stage: legacy, fallbck: none'),
    [/t.yaml:3: routes\[0\].fallbck: expected one of .*\(did you mean fallback\?\)/],
  ],
  [
    'a row without anything',
    only('routes:\n  - {}'),
    [
      /3: routes\[0\].id: expected an id/,
      /3: routes\[0\].match: expected METHOD/,
      /3: routes\[0\]: expected a stage or a group/,
    ],
  ],
  [
    'an unknown stage',
    row('stage: engin'),
    [
      't.yaml:3: routes[0].stage: expected one of legacy, shadow, canary, verify, engine, retired (found "engin") (did you mean engine?)',
    ],
  ],
  ['a canary without a share', row('stage: canary'), [/3: routes\[0\].stage: expected a canary beside it/]],
  [
    'a share of more than all',
    row('stage: canary, canary: { percent: 101 }'),
    [/3: routes\[0\].canary.percent: expected a number from 0 to 100 .*\(found 101\)/],
  ],
  [
    'a share as text',
    row('stage: canary, canary: { percent: 10% }'),
    [/canary.percent: expected a number.*\(found "10%"\)/],
  ],
  ['a share with three decimals', row('stage: canary, canary: { percent: 1.234 }'), [/canary.percent/]],
  [
    'a canary by something else',
    row('stage: canary, canary: { percent: 1, by: moon }'),
    [/canary.by: expected guid, operator, address or header:NAME \(found "moon"\)/],
  ],
  ['a canary by no header', row('stage: canary, canary: { percent: 1, by: "header:" }'), [/canary.by/]],
  ['a timeout of nothing', row('stage: legacy, timeoutMs: 0'), [/timeoutMs: expected milliseconds.*\(found 0\)/]],
  ['a timeout as text', row('stage: legacy, timeoutMs: 30s'), [/timeoutMs: expected milliseconds.*\(found "30s"\)/]],
  [
    'another fallback',
    row('stage: legacy, fallback: engine'),
    [/fallback: expected one of legacy, none \(found "engine"\)/],
  ],
  [
    'a hardened access that lets others in',
    only(
      [
        'defaults: { access: operator, hardened: device }',
        'routes:',
        '  - { id: a, match: GET /a, stage: legacy, access: admin, hardened: operator }',
        '  - { id: b, match: GET /b, stage: legacy, access: device, hardened: public }',
      ].join('\n'),
    ),
    [
      't.yaml:2: defaults.hardened: expected at least access, which is operator (found device, which lets others in)',
      /4: routes\[0\].hardened: expected at least access, which is admin/,
      /5: routes\[1\].hardened: expected at least access, which is device/,
    ],
  ],
  ['a profile that there is not', only('profile: closed'), [/profile: expected one of open, hardened/]],
  [
    'access of a group',
    only('groups: { g: { stage: legacy, access: admin } }\nroutes: [{ id: a, match: GET /a, group: g }]'),
    [/g.access: expected one of/],
  ],
  [
    'access of the sockets',
    only('sockets: { stage: legacy, access: device }'),
    [/sockets.access: expected no access here: agents come back to \/socket.io\/ with the token of their first dial/],
  ],
  [
    'access that there is not',
    row('stage: legacy, access: everybody'),
    [/access: expected one of public, device, operator, admin/],
  ],
  [
    'an odd id',
    only('routes: [{ id: Health_1, match: GET /a, stage: legacy }]'),
    [/2: routes\[0\].id: expected an id of lower-case.*"Health_1"/],
  ],
  [
    'a reserved id',
    only('routes: [{ id: sockets, match: GET /a, stage: legacy }]'),
    [/routes\[0\].id: expected another id: sockets is reserved/],
  ],
  [
    'an id given twice',
    only('groups: { a: { stage: legacy } }\nroutes:\n  - { id: a, match: GET /a, group: a }'),
    ['t.yaml:4: routes[0].id: expected an id of its own (found a on line 2 as well)'],
  ],
  [
    'a match without a method',
    only('routes: [{ id: a, match: /a, stage: legacy }]'),
    [/match: expected METHOD \/path/],
  ],
  [
    'a method that is none',
    only('routes: [{ id: a, match: GTE /a, stage: legacy }]'),
    [/match: expected methods among.*\(found "GTE"\) \(did you mean GET\?\)/],
  ],
  ['a method in lower case', only('routes: [{ id: a, match: get /a, stage: legacy }]'), [/\(did you mean GET\?\)/]],
  [
    'a rule that is none',
    only('routes: [{ id: a, match: "GET /a/:x(float)", stage: legacy }]'),
    [/match: expected :name, :name\(int\) or :name\(path\)/],
  ],
  [
    'no match at all',
    only('routes: [{ id: a, match: [], stage: legacy }]'),
    [/match: expected .* \(found an empty list\)/],
  ],
  [
    'a row for the sockets',
    only('routes: [{ id: a, match: GET /socket.io/, stage: legacy }]'),
    [/match: expected no row for \/socket.io\//],
  ],
  [
    'two rows for one request',
    only(
      'routes:\n  - { id: a, match: GET /x/:one, stage: legacy }\n  - id: b\n    match:\n      - POST /x\n      - GET|POST /x/:other\n    stage: legacy',
    ),
    ['t.yaml:7: routes[1].match[1]: expected GET /x/:other under one row (found /x/:one at row a on line 3)'],
  ],
  [
    'a group that there is not',
    only(
      'groups: { enrollment: { stage: legacy } }\nroutes:\n  - { id: a, match: GET /a, group: enrolment }\n  - { id: b, match: GET /b, group: enrollment }',
    ),
    ['t.yaml:4: routes[0].group: expected the id of a group (found "enrolment") (did you mean enrollment?)'],
  ],
  [
    'a group that nobody is in',
    only('groups: { g: { stage: legacy } }'),
    [/2: groups.g: expected a row that is in this group/],
  ],
  [
    'a group without a stage',
    only('groups: { g: { note: x } }\nroutes: [{ id: a, match: GET /a, group: g }]'),
    [/groups.g: expected a stage/],
  ],
  [
    'a member with a stage of its own',
    only(
      'groups: { g: { stage: legacy } }\nroutes:\n  - { id: a, match: GET /a, group: g, stage: engine, canary: { percent: 1 } }',
    ),
    [
      /4: routes\[0\].stage: expected no stage: the row flips with group g/,
      /4: routes\[0\].canary: expected no canary/,
    ],
  ],
  [
    'a requirement of what is not',
    row('stage: legacy, requires: [{ id: sokets, atLeast: engine }]'),
    [/requires\[0\]: expected the id .*"sokets".*\(did you mean sockets\?\)/],
  ],
  [
    'a requirement without a stage',
    row('stage: legacy, requires: [{ id: sockets }]'),
    [/requires\[0\].atLeast: expected one of shadow, canary/],
  ],
  [
    'a requirement that is not met',
    row('stage: engine, requires: [{ id: sockets, atLeast: engine }]'),
    [
      /requires\[0\]: expected a requirement that is met: a may go beyond shadow only when sockets is at engine or beyond, and that is at legacy/,
    ],
  ],
  [
    'a requirement of a task',
    row('stage: canary, canary: { percent: 1 }, requires: [{ id: background:scheduler, atLeast: engine }]'),
    [/background:scheduler is at engine/],
  ],
  [
    'requirements in a circle',
    only(
      'groups: { g: { stage: legacy } }\nroutes:\n  - { id: a, match: GET /a, stage: legacy, requires: [{ id: g, atLeast: engine }] }\n  - { id: b, match: GET /b, group: g, requires: [{ id: a, atLeast: engine }] }',
    ),
    [/4: .*a requires itself in the end/, /5: .*b requires itself in the end/],
  ],
  [
    'sockets as a canary',
    only('sockets: { stage: canary }'),
    [/sockets.stage: expected one of legacy, split, engine \(found "canary"\)/],
  ],
  [
    'sockets in shadow',
    only('sockets: { stage: shadow }'),
    [
      /sockets.stage: expected legacy, split or engine: a tunnel is passed through as it is, so nothing of it can be compared/,
    ],
  ],
  [
    'a task in shadow',
    only('background: { scheduler: { owner: shadow } }'),
    [/background.scheduler.owner: expected legacy or engine: only one of the two may do the work of a task/],
  ],
  [
    'a task that there is not',
    only('background: { schedular: { owner: legacy } }'),
    [/background.schedular: expected one of scheduler,.*\(did you mean scheduler\?\)/],
  ],
  [
    'a task that the engine does not have',
    only('background:\n  repo-refresh: { owner: engine }'),
    [
      "t.yaml:3: background.repo-refresh.owner: expected legacy: this release's engine has no repo-refresh, so nobody would do its work",
    ],
  ],
  [
    'a task without an owner',
    only('background: { scheduler: {} }'),
    [/background.scheduler.owner: expected one of legacy, engine \(found nothing\)/],
  ],
  ['defaults with requirements', only('defaults: { stage: legacy, requires: [] }'), [/defaults.requires/]],
  ['a sample that is no percentage', only('defaults: { sample: 2 }'), [/defaults.sample: expected .*percentage/]],
  [
    'a key given twice',
    only('sockets: { stage: legacy }\nsockets: { stage: engine }'),
    [/t.yaml:3: expected YAML \(Map keys must be unique\)/],
  ],
  ['broken YAML', only('routes: [}'), [/t.yaml:2: expected YAML/]],
  ['two documents', only('---\nversion: 1'), [/expected YAML/]],
  ['a match that YAML takes for an alias', only('routes: [{ id: a, match: * /a, stage: legacy }]'), [/2/]],
]; // prettier-ignore

describe('checkTable', () => {
  for (const [name, text, expected] of CASES) {
    it(`refuses ${name}`, () => {
      const found = problems(text);
      assert.ok(found.length >= expected.length, `found ${JSON.stringify(found)}`);
      for (const [index, want] of expected.entries()) {
        if (typeof want === 'string') assert.equal(found[index], want);
        else assert.match(found[index] ?? '', want);
      }
      if (!/YAML|alias/.test(name)) assert.equal(found.length, expected.length, JSON.stringify(found));
    });
  }

  it('lists the problems of all parts at once, in the order of the file', () => {
    const text = [
      'version: 3', // 1
      'groups:',
      '  Bad: { stage: legacy }', // 3
      'routes:',
      '  - { id: a, match: GET a, stage: nowhere }', // 5, twice
      '  - { id: a, match: GET /b, group: none }', // 6, twice
      'sockets: { stage: half }', // 7
      'background: { scheduler: { owner: us } }', // 8
      'extra: 1', // 9
    ].join('\n');
    const lines = problems(text).map((problem) => Number(/^t.yaml:(\d+):/.exec(problem)?.[1]));
    assert.deepEqual(lines, [1, 3, 3, 5, 5, 6, 6, 7, 8, 9]);
  });

  it('applies groups and defaults to rows', () => {
    const snapshot = snapshotOf(
      only(
        [
          'defaults: { stage: engine, timeoutMs: 9, fallback: none, sample: 100% }',
          'groups: { g: { stage: canary, canary: { percent: 12.5, by: guid }, timeoutMs: 7 } }',
          'routes:',
          '  - { id: a, match: GET /a, group: g }',
          '  - { id: b, match: "* /b", stage: retired, fallback: legacy, timeoutMs: 3 }',
          '  - { id: c, match: [GET /c, "PUT|DELETE /c/:n(int)"], stage: legacy, fallback: legacy, canary: { percent: 5 } }',
        ].join('\n'),
      ),
    );
    const facts = [...snapshot.routes, snapshot.defaultRow].map(
      ({ id, stage, canary, fallback, timeoutMs, group }) => ({
        id,
        stage,
        canary,
        fallback,
        timeoutMs,
        group,
      }),
    ); // prettier-ignore
    assert.deepEqual(facts, [
      { id: 'a', stage: 'canary', canary: { percent: 12.5, by: 'guid' }, fallback: 'none', timeoutMs: 7, group: 'g' },
      { id: 'b', stage: 'retired', canary: undefined, fallback: 'none', timeoutMs: 3, group: undefined },
      { id: 'c', stage: 'legacy', canary: undefined, fallback: 'legacy', timeoutMs: 9, group: undefined },
      { id: 'default', stage: 'engine', canary: undefined, fallback: 'none', timeoutMs: 9, group: undefined },
    ]);
    assert.deepEqual(snapshot.urlMap.match('DELETE', '/c/4'), {
      kind: 'match',
      endpoint: snapshot.routes[2],
      params: { n: '4' },
    });
    assert.equal(snapshot.version, 7);
  });

  it('lets in whom a row says under the profile in force, and never by inheritance', () => {
    const rows = [
      'defaults: { access: operator, hardened: admin }',
      'routes:',
      '  - { id: a, match: GET /a, stage: legacy, access: operator }',
      '  - { id: b, match: GET /b, stage: legacy, access: operator, hardened: admin }',
      '  - { id: c, match: GET /c, stage: legacy, hardened: device }',
      '  - { id: d, match: GET /d, stage: legacy }',
    ].join('\n');
    const accesses = (text: string) => {
      const { routes, defaultRow } = snapshotOf(text);
      return [...routes, defaultRow].map(({ access }) => access);
    };
    assert.deepEqual(accesses(only(rows)), ['operator', 'operator', 'public', 'public', 'operator']);
    assert.deepEqual(accesses(only(`profile: hardened\n${rows}`)), ['operator', 'admin', 'device', 'public', 'admin']);
    assert.equal(snapshotOf(only(`profile: open\n${rows}`)).profile, 'open');
  });

  it('gives a frozen snapshot', () => {
    const snapshot = snapshotOf(SMALL_TABLE);
    assert.throws(() => Object.assign(snapshot, { version: 2 }), TypeError);
    for (const route of snapshot.routes) assert.throws(() => Object.assign(route, { stage: 'engine' }), TypeError);
  });

  it('takes a canary by address when it does not say by what', () => {
    assert.deepEqual(snapshotOf(row('stage: canary, canary: { percent: 1 }')).routes[0]?.canary, {
      percent: 1,
      by: 'address',
    });
  });
});
