import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { type FacadeAccess, openAccess } from '../../../../src/facade/access/open-access.js';
import { checkAccess, openRows } from '../../../../src/facade/admin/check/check-access.js';
import { type CheckedTable, checkTable } from '../../../../src/facade/table/check-table.js';
import { type CallersWorld, makeCallersWorld, SECRET } from '../../access/callers-world.js';

const tableOf = (...lines: string[]): CheckedTable => {
  const check = checkTable({ file: 't.yaml', text: ['version: 1', ...lines].join('\n'), version: 1 });
  assert.ok(check.ok, JSON.stringify(check));
  return check.table;
};
const row = (id: string, match: string, more = '') => `  - { id: ${id}, match: "${match}", stage: legacy${more} }`;

describe('rows that let anyone in', () => {
  it('are told once, by the worst that they allow', () => {
    const { snapshot } = tableOf('routes:', row('sites', 'GET|POST /api/sites'), row('devices', 'GET /api/devices'));
    const { changes, reads } = openRows(snapshot);
    assert.ok(changes.includes('sites') && !reads.includes('sites'));
    assert.deepEqual(reads, ['devices']);
  });

  it('include the default row, as long as it serves what no row names', () => {
    assert.deepEqual(openRows(tableOf('routes: []').snapshot), { changes: ['default'], reads: [] });
    assert.deepEqual(openRows(tableOf('defaults: { access: operator }').snapshot), { changes: [], reads: [] });
  });

  it('are not those that judge callers themselves, nor those that have an access', () => {
    const { snapshot } = tableOf(
      'defaults: { access: admin }',
      'routes:',
      row('users', 'GET|POST /api/users'),
      row('heartbeat', 'POST /api/agent/heartbeat'),
      row('health', 'GET /health'),
      row('sites', 'GET|POST /api/sites', ', access: operator'),
    );
    assert.deepEqual(openRows(snapshot), { changes: [], reads: [] });
  });

  it('include rows for what the legacy does not have, judged by their methods', () => {
    const { snapshot } = tableOf(
      'defaults: { access: admin }',
      'routes:',
      row('report', 'GET /api/v2/report/:id'),
      row('order', 'GET|POST /api/v2/order'),
      row('all', '* /api/v2/all'),
      row('renamed', 'GET /api/devices/:any'),
    );
    assert.deepEqual(openRows(snapshot), { changes: ['order', 'all'], reads: ['renamed', 'report'] });
  });
});

describe('facade check, about access', () => {
  let world: CallersWorld;
  let access: FacadeAccess;
  const opened: FacadeAccess[] = [];
  const open = (env: Record<string, string>) => {
    const shared = { projectRoot: world.root, root: '', database: '', serverRoot: '', certificates: '' };
    const made = openAccess({ settings: { shared }, env, now: Date.now, monotonic: () => performance.now() });
    opened.push(made);
    return made;
  };
  beforeEach(async () => {
    world = await makeCallersWorld();
    access = open({ BOREALIS_SECRET: SECRET });
  });
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
    world.remove();
  });

  const closed = ['defaults: { access: operator }', 'routes:', row('time', 'GET /api/server/time', ', access: device')];

  it('is content where callers can be known', async () => {
    const findings = await checkAccess(tableOf(...closed), access);
    assert.deepEqual(
      findings.map(({ level, message }) => `${level} ${message}`),
      [
        'ok no row lets anyone read or change data',
        'warning agents call default, which judge them by themselves or have to let them in without a token',
        'ok 2 rows demand a caller, who can be known',
      ],
    );
  });

  it('warns of a secret that everybody knows', async () => {
    const findings = await checkAccess(tableOf(...closed), open({}));
    assert.ok(findings.some(({ level, message }) => level === 'warning' && /publicly known default/.test(message)));
  });

  it('names the file that can not be read', async () => {
    rmSync(world.keyFile);
    const noKey = await checkAccess(tableOf(...closed), access);
    assert.ok(noKey.some(({ level, message }) => level === 'problem' && message.includes(world.keyFile)));
    rmSync(world.databaseFile);
    const noDatabase = await checkAccess(tableOf('defaults: { access: operator }'), open({ BOREALIS_SECRET: SECRET }));
    assert.ok(noDatabase.some(({ level, message }) => level === 'problem' && message.includes(world.databaseFile)));
  });

  it('warns of rows that agents call and that demand something of them', async () => {
    const table = tableOf(
      'routes:',
      row('beat', 'POST /api/agent/heartbeat', ', access: device'),
      row('hash', 'GET|POST /api/agent/hash', ', access: device'),
    );
    const findings = await checkAccess(table, access);
    const { level, message } = findings.find((one) => one.message.startsWith('agents call')) ?? {};
    assert.equal(level, 'warning');
    assert.match(String(message), /^agents call beat, hash, /);
  });
});
