import assert from 'node:assert/strict';
import { type EventExplanation, explainEvent } from '../../../src/facade/admin/explain-event.js';
import { checkTable } from '../../../src/facade/table/check-table.js';

function explain(row: string, { sockets = 'split', event = 'macro_status', headers = {} } = {}): EventExplanation {
  const text = `version: 1\ngroups: { g: { stage: engine } }\nroutes: [{ id: a, match: GET /a, group: g }]\nsockets:\n  stage: ${sockets}\n  events:\n    macro_status: ${row}\n`;
  const check = checkTable({ file: 't.yaml', text, version: 7 });
  assert.ok(check.ok);
  return explainEvent(check.table.snapshot, { event, headers, address: '10.0.0.1' });
}

describe('explainEvent', () => {
  it('says who handles an event, who is told as well, and what happens without the engine', () => {
    assert.deepEqual(explain('{ group: g, both: true }'), {
      event: 'macro_status',
      tableVersion: 7,
      sockets: 'split',
      row: 'event:macro_status',
      group: 'g',
      stage: 'engine',
      side: 'engine',
      alsoTo: 'legacy',
      mayFallBack: true,
      reason:
        'it falls under row event:macro_status of group g; at stage engine the engine handles and the legacy is the fallback; both: the legacy is told as well',
    });
    const alone = explain('{ stage: engine, fallback: none }');
    assert.deepEqual([alone.alsoTo, alone.mayFallBack], [null, false]);
    const legacy = explain('{ stage: shadow, both: true }');
    assert.deepEqual([legacy.side, legacy.alsoTo, legacy.mayFallBack], ['legacy', 'engine', false]);
    assert.match(legacy.reason, /100 % are compared with a dry run at the engine/);
  });

  it('places a client in a canary as traffic is', () => {
    const row = '{ stage: canary, canary: { percent: 50, by: "header:X-Site" } }';
    const sides = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
      (site) => explain(row, { headers: { 'x-site': site } }).side,
    );
    assert.deepEqual(new Set(sides), new Set(['legacy', 'engine']));
    assert.match(
      explain(row).reason,
      /engine handles for 50 % of clients by address, since the request carries no header:X-Site/,
    );
  });

  it('passes events that no row names to the legacy', () => {
    const { side, row, reason } = explain('{ stage: engine }', { event: 'something' });
    assert.deepEqual([side, row], ['legacy', null]);
    assert.match(reason, /no row names this event, .*; no event of this name is known$/);
    for (const sockets of ['split', 'legacy'])
      assert.match(
        explain('{ stage: engine }', { sockets, event: 'agent_hartbeat' }).reason,
        /no event of this name is known \(did you mean agent_heartbeat\?\)$/,
      );
    assert.doesNotMatch(explain('{ stage: engine }', { event: 'screenshot' }).reason, /is known/);
  });

  it('says that rows are not in force where the sockets go whole', () => {
    for (const sockets of ['legacy', 'engine'] as const) {
      const { side, reason, stage } = explain('{ stage: canary, canary: { percent: 5 } }', { sockets });
      assert.deepEqual([side, stage], [sockets, 'canary']);
      assert.match(reason, /row of the event is not in force/);
    }
  });
});
