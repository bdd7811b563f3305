/** Events are flipped alone, with their group, and with a row that the file did not have before. */
import assert from 'node:assert/strict';
import { code, type OpenTable, openTable } from './open-table.js';

const BY = { why: 'a test', who: 'test' } as const;
const BEAT = { ...BY, target: 'event:agent_heartbeat', stage: 'engine' } as const;
const ROWS = 'routes:\n  - { id: a, match: GET /a, stage: legacy }\n';

describe('facade: flips of events', () => {
  let table: OpenTable;
  afterEach(() => table.close());

  const files: readonly [string, string, string][] = [
    [
      'its row, comments and all',
      `version: 1\n${ROWS}sockets:\n  stage: legacy\n  events:\n    # every 5 s\n    agent_heartbeat: { stage: legacy, both: true } # much\n`,
      `version: 1\n${ROWS}sockets:\n  stage: legacy\n  events:\n    # every 5 s\n    agent_heartbeat: { stage: engine, both: true } # much\n`,
    ],
    [
      'a map without it',
      `version: 1\n${ROWS}sockets:\n  stage: legacy\n  events:\n    macro_status: { stage: legacy }\n`,
      `version: 1\n${ROWS}sockets:\n  stage: legacy\n  events:\n    agent_heartbeat: { stage: engine }\n    macro_status: { stage: legacy }\n`,
    ],
    [
      'a section without events',
      `version: 1\n${ROWS}sockets:\n  stage: split # now\n`,
      `version: 1\n${ROWS}sockets:\n  stage: split # now\n  events: { agent_heartbeat: { stage: engine } }\n`,
    ],
    [
      'an empty section',
      `version: 1\n${ROWS}sockets: {}\n`,
      `version: 1\n${ROWS}sockets: { events: { agent_heartbeat: { stage: engine } } }\n`,
    ],
    [
      'a file without the section',
      `version: 1\n${ROWS}`,
      `version: 1\nsockets: { events: { agent_heartbeat: { stage: engine } } }\n${ROWS}`,
    ],
  ];
  for (const [what, before, after] of files)
    it(`writes into ${what}`, async () => {
      table = await openTable({ text: before });
      const { changes } = await table.store.flip(BEAT);
      assert.equal(table.text(), after);
      assert.deepEqual(
        changes.map(({ id, to }) => [id, to.split(' ')[0]]),
        [[BEAT.target, 'engine']],
      );
      assert.equal(table.store.current().sockets.events.get('agent_heartbeat')?.stage, 'engine');
    });

  it('takes an event to canary and back, and tells of both', async () => {
    table = await openTable({
      text: `version: 1\n${ROWS}sockets:\n  events:\n    agent_heartbeat: { stage: legacy, both: true }\n`,
    });
    const { changes } = await table.store.flip({ ...BEAT, stage: 'canary', percent: 5, by: 'guid' });
    assert.deepEqual(changes, [{ id: BEAT.target, from: 'legacy + both', to: 'canary 5 % by guid + both' }]);
    assert.deepEqual(table.store.current().sockets.events.get('agent_heartbeat')?.canary, { percent: 5, by: 'guid' });
    await table.store.rollback({ ...BY });
    assert.equal(table.store.current().sockets.events.get('agent_heartbeat')?.stage, 'legacy');
  });

  it('moves the sockets to split, and an event that is in no file yet to canary', async () => {
    table = await openTable({ text: `version: 1\n${ROWS}` });
    await table.store.flip({ ...BY, target: 'sockets', stage: 'split' });
    await table.store.flip({ ...BEAT, stage: 'canary', percent: 1 });
    const { sockets } = table.store.current();
    assert.deepEqual(
      [sockets.stage, sockets.events.get('agent_heartbeat')?.canary],
      ['split', { percent: 1, by: 'address' }],
    );
  });

  it('moves a group of events and routes as one, where routes go to verify and events to engine', async () => {
    table = await openTable({
      text: `version: 1\ngroups: { g: { stage: legacy } }\nroutes: [{ id: a, match: GET /a, group: g }]\nsockets: { stage: split, events: { macro_status: { group: g } } }\n`,
    });
    await assert.rejects(
      table.store.flip({ ...BY, target: 'event:macro_status', stage: 'engine' }),
      code('in_group', /flip g instead/),
    );
    await table.store.flip({ ...BY, target: 'g', stage: 'verify' });
    const { routes, sockets } = table.store.current();
    assert.deepEqual([routes[0]?.stage, sockets.events.get('macro_status')?.stage], ['verify', 'engine']);
  });

  it('says what it can not do', async () => {
    table = await openTable({ text: `version: 1\n${ROWS}` });
    const refused = (request: object, expected: string, message: RegExp) =>
      assert.rejects(table.store.flip({ ...BEAT, ...request }), code(expected, message));
    await refused({ target: 'event:agent_heartbeet' }, 'unknown_target', /did you mean event:agent_heartbeat/);
    await refused({ target: 'agent_heartbeat' }, 'unknown_target', /did you mean event:agent_heartbeat/);
    await refused({ stage: 'verify' }, 'stage_unavailable', /handle again what the engine has/);
    await refused({ stage: 'split' }, 'stage_unavailable', /Only the sockets have a stage split/);
    await refused({ target: 'a', stage: 'split' }, 'stage_unavailable', /Only the sockets/);
    await refused({ stage: 'legacy' }, 'nothing_to_change', /at legacy already/);
  });

  it('has differences to ignore, but nobody to let in: events are not judged here', async () => {
    table = await openTable({ text: `version: 1\n${ROWS}sockets: { events: { macro_status: { stage: engine } } }\n` });
    const target = 'event:macro_status';
    await table.store.ignore({ ...BY, target, path: 'body.a', owner: 'x', expires: '2099-01-01' });
    const { events } = table.store.current().sockets;
    assert.equal(events.get('macro_status')?.compare.ignore[0]?.path, 'body.a');
    await assert.rejects(
      table.store.setAccess({ ...BY, target, access: 'device' }),
      code('unknown_target', /nor have their events/),
    );
  });

  it('minds what others require of events, and when the sockets leave split', async () => {
    table = await openTable({
      text: `version: 1\nroutes: [{ id: a, match: GET /a, stage: legacy, requires: [{ id: "event:connect_agent", atLeast: engine, orBoth: true }] }]\nsockets: { stage: legacy, events: { connect_agent: { stage: legacy, both: true } } }\n`,
    });
    await assert.rejects(
      table.store.flip({ ...BY, target: 'a', stage: 'engine' }),
      code('requires_unmet', /event:connect_agent is at engine/),
    );
    await table.store.flip({ ...BY, target: 'sockets', stage: 'split' });
    await table.store.flip({ ...BY, target: 'a', stage: 'engine' });
    await assert.rejects(table.store.flip({ ...BY, target: 'sockets', stage: 'legacy' }), code('requires_unmet'));
    await table.store.flip({ ...BY, target: 'sockets', stage: 'engine' });
  });
});
