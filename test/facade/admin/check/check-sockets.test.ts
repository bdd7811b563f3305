import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSockets } from '../../../../src/facade/admin/check/check-sockets.js';
import { checkTable } from '../../../../src/facade/table/check-table.js';
import { formatProblem } from '../../../../src/facade/table/table-error.js';
import { projectRoot } from '../../../kit/python.js';

const SHIPPED = readFileSync(join(projectRoot, 'config', 'migration-table.yaml'), 'utf8');

type Edit = readonly [from: string, to: string];
const SPLIT: Edit = ['sockets:\n  stage: legacy', 'sockets:\n  stage: split'];
const group = (id: string, stage: string): Edit => [`  ${id}: { stage: legacy }`, `  ${id}: { stage: ${stage} }`];
const REGISTRY: Edit = ['registry:\n    stage: legacy', 'registry:\n    stage: engine'];

function check(edits: readonly Edit[], mode: 'spawn' | 'off' | 'url' = 'spawn') {
  const text = edits.reduce((before, [from, to]) => {
    assert.ok(before.includes(from), from);
    return before.replaceAll(from, to);
  }, SHIPPED);
  const table = checkTable({ file: 't.yaml', text, version: 1 });
  assert.ok(table.ok, table.ok ? '' : table.problems.map(formatProblem).join('\n'));
  const engine = { mode, url: '', readyTimeoutMs: 1 };
  return checkSockets(table.table.snapshot, { engine }).map(({ level, message, rows }) => ({ level, message, rows }));
}

describe('facade check: sockets', () => {
  it('is content with the table as shipped, and with each step of the way', () => {
    const steps: readonly (readonly Edit[])[] = [
      [],
      [SPLIT],
      [SPLIT, group('windows', 'engine')],
      [SPLIT, REGISTRY],
      [SPLIT, group('presence', 'engine')],
      [SPLIT, group('presence', 'engine'), REGISTRY],
    ];
    for (const step of steps)
      assert.deepEqual(
        check(step).map(({ level }) => level),
        ['ok'],
        JSON.stringify([step, check(step)]),
      );
    assert.match(check([SPLIT])[0]?.message ?? '', /are at split; all 13 events with rows are the legacy's/);
    assert.match(check([SPLIT, group('windows', 'engine')])[0]?.message ?? '', /event:list_agent_windows at engine/);
  });

  it('tells of rows that are kept and not in force', () => {
    const [finding] = check([group('windows', 'engine')]);
    assert.equal(finding?.level, 'note');
    assert.match(finding?.message ?? '', /sockets are at legacy, so these rows are kept and not in force/);
    assert.deepEqual(finding?.rows, ['event:list_agent_windows', 'event:agent_window_list']);
  });

  it('tells of an engine whose relay to the legacy nobody orders', () => {
    const engine: Edit = ['sockets:\n  stage: legacy', 'sockets:\n  stage: engine'];
    assert.deepEqual(
      check([engine]).map(({ level }) => level),
      ['ok'],
    );
    assert.match(check([engine], 'url')[1]?.message ?? '', /not the facade's to order/);
  });

  it('warns where there is no engine, and of events that nobody would handle', () => {
    const edits = [
      SPLIT,
      ['macro_status:            { stage: legacy }', 'macro_status: { stage: engine, fallback: none }'],
    ] as const;
    const [finding] = check(edits, 'off');
    assert.match(
      finding?.message ?? '',
      /no engine .* the legacy handles event:macro_status; but nobody handles event:macro_status/,
    );
  });

  it('warns where the engine is reached by its address, over which events are handed to nobody', () => {
    assert.deepEqual(
      check([SPLIT], 'url').map(({ level }) => level),
      ['ok'],
    );
    const [handling, untold, ...more] = check([SPLIT, group('windows', 'engine'), REGISTRY], 'url');
    assert.deepEqual(more, []);
    assert.match(
      handling?.message ?? '',
      /reached by its address .*, so the legacy handles event:request_config, event:list_agent_windows/,
    );
    assert.match(
      untold?.message ?? '',
      /the engine is not told of connect_agent, .*, and agents, .* still read presence/,
    );
  });

  it('warns of presence at a side whose readers are at the other', () => {
    const alone: Edit = [', both: true }', ' }'];
    const [finding, ...more] = check([SPLIT, group('presence', 'engine'), alone]);
    assert.deepEqual(more, []);
    assert.match(
      finding?.message ?? '',
      /the legacy is not told of connect_agent, agent_heartbeat, collector_status, and agents, agent, agent-hash, agent-hash-list, agent-details, agent-checkin, agent-service-account-rotate, background:scheduler of the legacy still read presence/,
    );
  });

  it('warns of presence in pieces', () => {
    const edits = [SPLIT, ['connect_agent:           { group: presence', 'connect_agent: { stage: engine']] as const;
    assert.match(
      check(edits)[0]?.message ?? '',
      /different stages: connect_agent at engine, agent_heartbeat at legacy/,
    );
  });

  it('warns of configurations that are written at one side and read at the other', () => {
    const edits = [
      SPLIT,
      ['request_config:          { group: registry }', 'request_config: { stage: engine }'],
    ] as const;
    const [finding] = check(edits);
    assert.match(
      finding?.message ?? '',
      /written by row agent-provision \(legacy\) and read by event:request_config \(engine\)/,
    );
  });
});
