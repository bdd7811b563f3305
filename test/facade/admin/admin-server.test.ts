import assert from 'node:assert/strict';
import { type AdminFixture, startAdmin, TOKEN } from './admin-fixture.js';

describe('The admin API', () => {
  let admin: AdminFixture;
  beforeEach(async () => {
    admin = await startAdmin();
  });
  afterEach(() => admin.close());

  it('flips a row, names who asked, and shows it in routes and audit', async () => {
    const flip = await admin.call('POST', '/flip', {
      body: { target: 'health', stage: 'engine', why: 'ready', who: 'kim' },
    });
    assert.equal(flip.status, 200);
    assert.equal(flip.body.who, 'kim via admin API');
    assert.deepEqual(flip.body.changes, [{ id: 'health', from: 'legacy', to: 'engine' }]);
    assert.equal((await admin.call('GET', '/routes/health')).body.stage, 'engine');
    const audit = await admin.call('GET', '/audit?limit=1');
    const [entry] = audit.body.entries as Record<string, unknown>[];
    assert.deepEqual([entry?.action, entry?.version, entry?.why], ['flip', 2, 'ready']);
    assert.match(String((await admin.call('GET', '/versions/2')).body.diff), /\+.*health.*engine/);
  });

  it('previews without changing anything', async () => {
    const preview = await admin.call('POST', '/flip/preview', {
      body: { target: 'enrollment', stage: 'engine', why: 'look' },
    });
    assert.equal(preview.status, 200);
    assert.ok((preview.body.changes as unknown[]).length > 0);
    assert.equal(admin.table.current().version, 1);
  });

  it('passes on why the table refuses, under its own code', async () => {
    const refused = async (body: object) => {
      const { status, body: answer } = await admin.call('POST', '/flip', { body: { why: 'x', ...body } });
      return [status, answer.error];
    };
    assert.deepEqual(await refused({ target: 'nope', stage: 'engine' }), [404, 'unknown_target']);
    assert.deepEqual(await refused({ target: 'enroll-start', stage: 'engine' }), [409, 'in_group']);
    assert.deepEqual(await refused({ target: 'sockets', stage: 'shadow' }), [409, 'stage_unavailable']);
    assert.deepEqual(await refused({ target: 'health', stage: 'canary' }), [400, 'percent_required']);
    assert.deepEqual(await refused({ target: 'health', stage: 'legacy' }), [409, 'nothing_to_change']);
    assert.equal(admin.table.current().version, 1);
  });

  it('rolls back, and refuses versions that are not kept', async () => {
    await admin.call('POST', '/flip', { body: { target: 'health', stage: 'engine', why: 'ready' } });
    const back = await admin.call('POST', '/rollback', { body: { why: 'slow' } });
    assert.deepEqual([back.status, back.body.version, back.body.who], [200, 3, 'unnamed via admin API']);
    const unknown = await admin.call('POST', '/rollback', { body: { to: 77, why: 'slow' } });
    assert.deepEqual([unknown.status, unknown.body.error], [404, 'unknown_version']);
  });

  it('explains by row, cohort and breaker', async () => {
    const explain = async (body: object) => (await admin.call('POST', '/explain', { body })).body;
    const matched = await explain({ method: 'HEAD', path: '/health?x=1' });
    assert.deepEqual([matched.side, matched.row, matched.path], ['legacy', 'health', '/health']);
    const canary = await explain({ method: 'GET', path: '/api/devices/a', headers: { 'X-Site': 'berlin' } });
    assert.equal(canary.row, 'devices');
    assert.match(String(canary.reason), /by header:x-site/);
    const unknown = await explain({ method: 'GET', path: '/elsewhere' });
    assert.deepEqual([unknown.row, unknown.stage], ['default', 'legacy']);
    const refused = await explain({ method: 'GET', path: '/a/%2e%2e/b' });
    assert.deepEqual([refused.side, refused.row], ['facade', null]);
    assert.match(String(refused.reason), /path_dot_segment/);
    const socket = await explain({ method: 'GET', path: '/socket.io/?EIO=4&transport=polling' });
    assert.deepEqual([socket.side, socket.row], ['legacy', 'sockets']);
    await admin.call('POST', '/flip', { body: { target: 'health', stage: 'engine', why: 'ready' } });
    admin.breakers.set('health', 'open');
    const open = await explain({ method: 'GET', path: '/health' });
    assert.deepEqual([open.side, open.breaker], ['engine', 'open']);
    assert.match(String(open.reason), /breaker is open, so for now the legacy answers/);
  });

  it('lists sockets and drains them, with an audit entry for each step', async () => {
    const facts = {
      side: 'legacy',
      transport: 'websocket',
      agentContext: 'agent',
      userAgent: 'ua',
      address: '::1',
    } as const;
    const closed: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const socket = admin.registry.add(facts, {
        close: () => {
          closed.push(n);
          socket.ended('drained');
        },
        bytesUp: () => 5,
        bytesDown: () => 6,
        messageBytesUp: () => 5,
      });
    }
    const listed = await admin.call('GET', '/sockets?limit=2');
    assert.deepEqual([(listed.body.sockets as unknown[]).length, listed.body.drain], [2, null]);
    const body = { side: 'legacy', ratePerSecond: 0.01, why: 'move', who: 'kim' };
    const drain = await admin.call('POST', '/sockets/drain', { body });
    assert.deepEqual([drain.status, drain.body.state, drain.body.closed], [202, 'running', 1]);
    const second = await admin.call('POST', '/sockets/drain', { body });
    assert.deepEqual([second.status, second.body.error], [409, 'drain_running']);
    const cancelled = await admin.call('DELETE', '/sockets/drain?who=lee');
    assert.deepEqual([cancelled.status, cancelled.body.state], [200, 'cancelled']);
    assert.deepEqual(closed, [0]);
    const audit = await admin.call('GET', '/audit?limit=2');
    assert.deepEqual(
      (audit.body.entries as Record<string, unknown>[]).map(({ action, who, why }) => [action, who, why]),
      [
        ['sockets-drain-cancel', 'lee via admin API', 'move'],
        ['sockets-drain', 'kim via admin API', 'move'],
      ],
    );
  });

  it('drains nothing that the audit could not tell of', async () => {
    const facts = {
      side: 'engine',
      transport: 'websocket',
      agentContext: undefined,
      userAgent: '',
      address: '',
    } as const;
    for (let n = 0; n < 2; n += 1)
      admin.registry.add(facts, { close: () => {}, bytesUp: () => 0, bytesDown: () => 0, messageBytesUp: () => 0 });
    admin.store.close();
    const drain = await admin.call('POST', '/sockets/drain', {
      body: { side: 'engine', ratePerSecond: 0.01, why: 'x' },
    });
    assert.deepEqual([drain.status, drain.body.error], [503, 'audit_write_failed']);
    assert.equal(((await admin.call('GET', '/sockets')).body.drain as { state: string }).state, 'cancelled');
  });

  it('tells every problem of a request', async () => {
    const answer = await admin.call('POST', '/flip', {
      body: { target: 7, stage: 'nowhere', why: ' ', colour: 'red' },
    });
    assert.equal(answer.status, 400);
    assert.deepEqual((answer.body.problems as string[]).map((line) => line.split(':')[0]).sort(), [
      'body.colour',
      'body.stage',
      'body.target',
      'body.why',
    ]);
  });

  it('refuses reasons and names that could forge a line of the audit', async () => {
    for (const body of [{ why: 'a\nb' }, { why: 'x', who: 'kim\u0007' }, { why: 'x'.repeat(501) }]) {
      const answer = await admin.call('POST', '/flip', { body: { target: 'health', stage: 'engine', ...body } });
      assert.deepEqual([answer.status, answer.body.error], [400, 'request_invalid'], JSON.stringify(body));
    }
  });

  it('refuses broken and oversized bodies, and paths that are none', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const broken = await fetch(`${admin.url}/flip`, { method: 'POST', headers, body: '{"target":' });
    assert.deepEqual([broken.status, ((await broken.json()) as { error: string }).error], [400, 'request_invalid']);
    const large = await admin.call('POST', '/explain', { body: { method: 'GET', path: 'x'.repeat(200_000) } });
    assert.deepEqual([large.status, large.body.error], [413, 'body_too_large']);
    for (const path of ['/nope', '/Routes', '/routes/', '/routes/%zz'])
      assert.ok([400, 404].includes((await admin.call('GET', path)).status), path);
    const polluted = await fetch(`${admin.url}/flip`, {
      method: 'POST',
      headers,
      body: '{"__proto__":{"stage":"engine"},"target":"health","why":"x"}',
    });
    assert.equal(polluted.status, 400);
  });

  it('keeps what went wrong inside to the log', async () => {
    admin.state.statusThrows = true;
    const answer = await admin.call('GET', '/status', { headers: { 'x-request-id': 'abc-1' } });
    assert.deepEqual([answer.status, answer.body.error, answer.body.requestId], [500, 'admin_fault', 'abc-1']);
    assert.doesNotMatch(JSON.stringify(answer.body), /shadow/);
    const fields = await admin.log.told('admin request failed');
    assert.match(String(fields?.cause), /secret detail/);
    assert.equal(fields?.requestId, 'abc-1');
  });

  it('logs no token', async () => {
    await admin.call('GET', '/status', { headers: { authorization: 'Bearer guessed-token-value' } });
    await admin.call('GET', '/nope');
    assert.doesNotMatch(JSON.stringify(admin.log.entries), new RegExp(`guessed-token-value|${TOKEN}`));
  });

  it('gives metrics as text', async () => {
    const answer = await admin.call('GET', '/metrics');
    assert.match(String(answer.headers.get('content-type')), /^text\/plain; version=0\.0\.4/);
    assert.match(String(answer.body.text), /^# HELP facade_requests_total/);
  });

  it('answers HEAD without a body, and closes with an idle connection open', async () => {
    const head = await fetch(`${admin.url}/status`, { method: 'HEAD', headers: { authorization: `Bearer ${TOKEN}` } });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    await admin.server.close();
    await assert.rejects(fetch(`${admin.url}/health/live`));
  });
});
