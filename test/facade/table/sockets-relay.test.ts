/** `sockets.relay: false` is refused where agents would miss something by it, in the file and in flips. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { relayOrder } from '../../../src/facade/sockets/relay-order.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { TableError } from '../../../src/facade/table/table-error.js';
import { projectRoot } from '../../kit/python.js';
import { type OpenTable, openTable } from './open-table.js';

const BY = { why: 'a test', who: 'test' } as const;
const LEGACY = { url: 'https://legacy:5000', ca: 'certs/root.pem', pin: '', serverName: 'localhost' };

function snapshotOf(text: string) {
  const check = checkTable({ file: 'table.yaml', text, version: 1 });
  assert.ok(check.ok, JSON.stringify(check));
  return check.table.snapshot;
}

describe('sockets.relay', () => {
  let table: OpenTable | undefined;
  afterEach(async () => {
    await table?.close();
    table = undefined;
  });

  it('is on at stage engine, follows clients that are still there at the others, and goes with the legacy', () => {
    const modes = (text: string) => relayOrder(snapshotOf(text), LEGACY).mode;
    const at = (stage: string) => `version: 1\nsockets: { stage: ${stage} }\nroutes: []\n`;
    assert.deepEqual(
      ['legacy', 'split', 'engine'].map((stage) => modes(at(stage))),
      ['while-clients', 'while-clients', 'on'],
    );
    assert.equal(modes('version: 1\nsockets: { stage: split, relay: false }\nroutes: []\n'), 'off');
    assert.equal(modes('version: 1\ndefaults: { stage: retired }\nsockets: { stage: engine }\nroutes: []\n'), 'off');
  });

  it('names the legacy with its root certificate where any process finds it', () => {
    const { legacy } = relayOrder(snapshotOf('version: 1\nroutes: []\n'), LEGACY);
    assert.deepEqual(legacy, { ...LEGACY, ca: resolve('certs/root.pem') });
    assert.equal(relayOrder(snapshotOf('version: 1\nroutes: []\n'), { ...LEGACY, ca: '' }).legacy?.ca, '');
  });

  it('may not be switched off while the sockets are at the engine and something of the legacy emits or reads presence', () => {
    const text = 'version: 1\nsockets: { stage: engine, relay: false }\nroutes: []\n';
    const check = checkTable({ file: 'table.yaml', text, version: 1 });
    assert.ok(!check.ok);
    assert.deepEqual(
      check.problems.map(({ line, field }) => [line, field]),
      [[2, 'sockets.relay']],
    );
    assert.match(check.problems[0]?.message ?? '', /default, background:scheduler must be at the engine first$/);
    for (const stage of ['legacy', 'split'])
      assert.ok(checkTable({ file: 'table.yaml', text: text.replace('engine', stage), version: 1 }).ok);
  });

  it('holds up a flip of the sockets to the engine, and lets it pass with a relay', async () => {
    const shipped = readFileSync(join(projectRoot, 'config', 'migration-table.yaml'), 'utf8');
    const without = shipped.replace('\nsockets:\n', '\nsockets:\n  relay: false\n');
    table = await openTable({ text: without });
    const flip = { ...BY, target: 'sockets', stage: 'engine' } as const;
    await assert.rejects(table.store.flip(flip), (error: Error) => {
      assert.equal((error as TableError).code, 'requires_unmet');
      for (const id of [
        'agent-provision',
        'scripts-quick-run',
        'ansible-recap-report',
        'agents',
        'background:scheduler',
      ])
        assert.match(error.message, new RegExp(`[ ,]${id}[ ,]`));
      return true;
    });
    await table.close();
    table = await openTable({ text: shipped });
    await table.store.flip(flip);
    assert.equal(table.store.current().sockets.relay, true);
  });

  it('holds the last job at the legacy, too', async () => {
    const row = 'routes: [{ id: all, match: "* /:path(path)", stage: engine }]\n';
    const at = (scheduler: string) =>
      `version: 1\ndefaults: { stage: engine }\nsockets: { stage: engine, relay: false }\nbackground: { scheduler: ${scheduler} }\n${row}`;
    const problems = (scheduler: string) => {
      const check = checkTable({ file: 'table.yaml', text: at(scheduler), version: 1 });
      return check.ok ? [] : check.problems.map(({ message }) => /: (\S+) must be/.exec(message)?.[1]);
    };
    assert.deepEqual(problems('{ owner: engine, jobs: { 12: legacy } }'), ['background:scheduler']);
    assert.deepEqual(problems('{ owner: engine }'), []);
    table = await openTable({ text: at('{ owner: engine }') });
    const back = { ...BY, target: 'background:scheduler/12', stage: 'legacy' } as const;
    await assert.rejects(table.store.flip(back), { code: 'requires_unmet' });
  });

  it('waits for each route that reads what agents said of being there', () => {
    const row =
      'routes: [{ id: rest, match: "* /:path(path)", stage: engine }, { id: reader, match: MATCH, stage: legacy }]\n';
    const text = `version: 1\ndefaults: { stage: engine }\nsockets: { stage: engine, relay: false }\nbackground: { scheduler: { owner: engine } }\n${row}`;
    const problems = (match: string) => {
      const check = checkTable({ file: 'table.yaml', text: text.replace('MATCH', match), version: 1 });
      return check.ok ? [] : check.problems.map(({ message }) => /: (\S+) must be/.exec(message)?.[1]);
    };
    const readers = [
      'GET /api/agents',
      'DELETE /api/agent/:agent_id',
      'POST /api/agent/provision',
      'GET /api/agent/hash',
      'POST /api/agent/hash',
      'GET /api/agent/hash_list',
      'POST /api/agent/details',
      'POST /api/agent/checkin',
      'POST /api/agent/service-account/rotate',
    ];
    for (const reader of readers) assert.deepEqual(problems(reader), ['reader'], reader);
    for (const other of ['POST /api/agent/heartbeat', 'POST /api/agent/script/request', 'GET /api/devices'])
      assert.deepEqual(problems(other), [], other);
  });

  it('is a flag', () => {
    const check = checkTable({
      file: 'table.yaml',
      text: 'version: 1\nsockets: { relay: never }\nroutes: []\n',
      version: 1,
    });
    assert.ok(!check.ok);
    assert.equal(check.problems[0]?.field, 'sockets.relay');
  });
});
