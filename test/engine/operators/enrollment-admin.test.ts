/** Install codes and approvals at the engine: what is mended, what is written, and that the log holds no code. */
import assert from 'node:assert/strict';
import { type OperatorWorld, sealedSession, startOperatorWorld } from '../../kit/operator-world.js';

const CODES = '/api/admin/enrollment-codes';
const APPROVALS = '/api/admin/device-approvals';
const GUID = 'AAAAAAAA-BBBB-4CCC-8DDD-000000000001';
const KEY = 'ab'.repeat(32);

describe('administration of enrolment', () => {
  let world: OperatorWorld;
  before(async () => {
    world = await startOperatorWorld();
    world.addAccount({ username: 'dana' });
  });
  after(() => world.stop());

  const headers = sealedSession({ username: 'admin', role: 'Admin' });
  const post = (path: string, body?: unknown) => world.call('POST', path, { body, headers });
  const list = async (path: string, key: string) =>
    (await world.call('GET', path, { headers })).body[key] as Record<string, unknown>[];
  const countOf = (table: string) => (world.db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get() as { n: number }).n;
  const addApproval = (id: string, more: Readonly<Record<string, string | null>> = {}) => {
    const row = {
      id,
      approval_reference: `ref-${id}`,
      guid: null,
      hostname_claimed: id,
      ssl_key_fingerprint_claimed: KEY,
      enrollment_code_id: 'code',
      status: 'pending',
      client_nonce: 'nonce',
      server_nonce: 'nonce',
      agent_pubkey_der: 'key',
      created_at: '2098-01-02T03:04:05.000001+00:00',
      updated_at: '2098-01-02T03:04:05.000001+00:00',
      ...more,
    };
    const names = Object.keys(row);
    const values = names.map(() => '?').join(', ');
    world.db
      .prepare(`INSERT INTO device_approvals (${names.join(', ')}) VALUES (${values})`)
      .run(...Object.values(row));
  };
  const approval = (id: string) =>
    world.db.prepare('SELECT * FROM device_approvals WHERE id = ?').get(id) as Record<string, unknown>;

  it('F1: a body that can not be read makes no code', async () => {
    for (const [body, error] of [
      ['{"ttl_hours":', 'invalid_request'],
      [[1], 'invalid_request'],
      ['"x"', 'invalid_request'],
      [{ ttl_hours: 'soon' }, 'invalid_ttl'],
      [{ ttl_hours: [1] }, 'invalid_ttl'],
      [{ ttl_hours: 2 }, 'invalid_ttl'],
    ] as const) {
      const { status, body: answer } = await post(CODES, body);
      assert.deepEqual([status, answer.error], [400, error], JSON.stringify(body));
    }
    assert.equal(countOf('enrollment_install_codes'), 0);
    assert.equal(countOf('enrollment_install_codes_persistent'), 0);
  });

  it('a code is made with its copy, and masked in the log', async () => {
    const { status, body } = await post(CODES, { ttl_hours: 6, max_uses: 99 });
    assert.equal(status, 200);
    assert.match(String(body.code), /^[0-9A-F]{4}(-[0-9A-F]{4}){7}$/);
    assert.equal(body.max_uses, 10);
    const hours = (Date.parse(String(body.expires_at)) - Date.now()) / 3_600_000;
    assert.ok(hours > 5.99 && hours <= 6);
    const copy = world.db.prepare('SELECT * FROM enrollment_install_codes_persistent').get() as Record<string, unknown>;
    assert.deepEqual([copy.id, copy.code, copy.is_active], [body.id, body.code, 1]);
    assert.equal(copy.created_by_user_id, '1');
    await world.engine.logged(/install-code-created id=\S+ code_mask=[0-9A-F]{3}\*{3}[0-9A-F]{3} by=1/);
    assert.ok(!(await world.engine.logText()).includes(String(body.code)));
  });

  it('F1: approving with a body that can not be read approves nothing', async () => {
    addApproval('odd');
    for (const [body, detail] of [
      ['{', 'body: well-formed JSON'],
      [[1], 'body: a JSON object'],
      [{ guid: ['x'] }, 'guid: text'],
      [{ guid: true }, 'guid: text'],
      [{ guid: '\ud800' }, 'guid: text'],
    ] as const) {
      const answer = await post(`${APPROVALS}/odd/approve`, body);
      assert.deepEqual([answer.status, answer.body], [400, { error: 'invalid_request', detail }]);
    }
    assert.equal(approval('odd').status, 'pending');
  });

  it('what can not be read is no matter where nothing waits for an answer', async () => {
    addApproval('answered', { status: 'denied' });
    for (const body of ['{', { guid: ['x'] }]) {
      const unknown = await post(`${APPROVALS}/unknown/approve`, body);
      assert.deepEqual([unknown.status, unknown.body], [404, { error: 'not_found' }]);
      const answered = await post(`${APPROVALS}/answered/approve`, body);
      assert.deepEqual([answered.status, answered.body], [409, { error: 'approval_not_pending' }]);
    }
  });

  it('denying reads no body, and keeps the connection', async () => {
    addApproval('large');
    const answer = await post(`${APPROVALS}/large/deny`, 'x'.repeat(1_100_000));
    assert.deepEqual([answer.status, answer.body], [200, { status: 'denied' }]);
    assert.notEqual(answer.headers.connection, 'close');
  });

  it('F15: an approval is listed once, with the user whose id was stored', async () => {
    world.db
      .prepare("INSERT INTO users (id, username, password_sha512) VALUES (77, 'twin', 'x'), (78, '77', 'x')")
      .run();
    addApproval('twice', { status: 'denied', approved_by_user_id: '77' });
    const listed = (await list(`${APPROVALS}?status=denied`, 'approvals')).filter(({ id }) => id === 'twice');
    assert.deepEqual(
      listed.map((entry) => entry.approved_by_username),
      ['twin'],
    );
  });

  it('of two decisions at once one counts', async () => {
    addApproval('race');
    const decisions = ['approve', 'deny', 'approve', 'deny'].map((verb) => post(`${APPROVALS}/race/${verb}`));
    const statuses = (await Promise.all(decisions)).map(({ status }) => status);
    assert.deepEqual([...statuses].sort(), [200, 409, 409, 409]);
  });

  it('another device of that hostname is told, and what the operator says of it is done', async () => {
    world.db
      .prepare("INSERT INTO devices (guid, hostname, created_at, ssl_key_fingerprint) VALUES (?, 'TAKEN', 1, 'cd')")
      .run(GUID);
    for (const id of ['ask', 'over', 'beside']) addApproval(id, { hostname_claimed: 'TAKEN' });
    const [shown] = (await list(APPROVALS, 'approvals')).filter(({ id }) => id === 'ask');
    assert.deepEqual([shown?.alternate_hostname, shown?.conflict_requires_prompt], ['TAKEN-1', true]);
    const asked = await post(`${APPROVALS}/ask/approve`, {});
    assert.deepEqual([asked.status, asked.body], [409, { error: 'conflict_resolution_required', hostname: 'TAKEN' }]);
    assert.equal(approval('ask').status, 'pending');
    await post(`${APPROVALS}/over/approve`, { conflict_resolution: ' Overwrite ' });
    await post(`${APPROVALS}/beside/approve`, { conflict_resolution: 'coexist' });
    assert.deepEqual([approval('over').guid, approval('beside').guid], [GUID, null]);
    assert.deepEqual([approval('over').approved_by_user_id, approval('over').status], ['1', 'approved']);
    await world.engine.logged(new RegExp(`device-approved approval=over guid=${GUID} by=1`));
  });

  it('with fifty suffixes taken another name is found still', async () => {
    const insert = world.db.prepare('INSERT INTO devices (guid, hostname, created_at) VALUES (?, ?, 1)');
    for (let n = 0; n < 50; n += 1) insert.run(`G-${n}`, n === 0 ? 'CROWD' : `CROWD-${n}`);
    addApproval('crowd', { hostname_claimed: 'CROWD' });
    addApproval('crowd-named', { hostname_claimed: 'CROWD', guid: GUID.toLowerCase() });
    const shown = await list(`${APPROVALS}?status=pending`, 'approvals');
    const named = Object.fromEntries(shown.map(({ id, alternate_hostname }) => [id, alternate_hostname]));
    assert.deepEqual([named.crowd, named['crowd-named']], ['CROWD-50', GUID]);
  });

  it('is refused before the body is looked at', async () => {
    for (const [method, path] of [
      ['GET', CODES],
      ['POST', CODES],
      ['DELETE', `${CODES}/x`],
      ['GET', APPROVALS],
      ['POST', `${APPROVALS}/x/approve`],
      ['POST', `${APPROVALS}/x/deny`],
    ] as const)
      for (const [caller, status, error] of [
        [{}, 401, 'unauthorized'],
        [sealedSession({ username: 'dana', role: 'Admin' }), 403, 'forbidden'],
      ] as const) {
        const answer = await world.call(method, path, { headers: caller, ...(method === 'POST' ? { body: '{' } : {}) });
        assert.deepEqual([answer.status, answer.body], [status, { error }], `${method} ${path}`);
      }
  });
});
