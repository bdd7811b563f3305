/** Signing in and out at the engine: cookies, what answers vary by, and what is mended of passwords and accounts. */
import assert from 'node:assert/strict';
import {
  cookieHeader,
  type OperatorWorld,
  sealedSession,
  sealedToken,
  sha512,
  startOperatorWorld,
} from '../../kit/operator-world.js';

describe('sign-in', () => {
  let world: OperatorWorld;
  before(async () => {
    world = await startOperatorWorld();
    world.addAccount({ username: 'dana', password: 'trustno1' });
  });
  after(() => world.stop());

  const login = (body: unknown, headers: Record<string, string> = {}) =>
    world.call('POST', '/api/auth/login', { body, headers });
  const me = (headers: Record<string, string>) => world.call('GET', '/api/auth/me', { headers });

  it('gives a session, a token, and a token cookie, each of which says who one is', async () => {
    const { status, body, cookies } = await login({ username: 'DANA', password: 'trustno1' });
    assert.equal(status, 200);
    const dana = { username: 'dana', display_name: 'dana', role: 'User' };
    const [token = '', session = ''] = cookies;
    assert.match(token, /^borealis_auth=[\w.-]+; Path=\/; SameSite=Lax$/);
    assert.match(session, /^session=[\w.-]+; HttpOnly; Path=\/; SameSite=Lax$/);
    for (const headers of [cookieHeader([token]), cookieHeader([session]), { authorization: `Bearer ${body.token}` }])
      assert.deepEqual((await me(headers)).body, dana);
  });

  it('varies by the cookie where the session was looked at', async () => {
    const vary = async (answer: Promise<{ headers: Record<string, unknown> }>) => (await answer).headers.vary;
    assert.equal(await vary(login({ username: 'dana', password: 'trustno1' })), 'Cookie');
    assert.equal(await vary(login({ username: 'dana', password: 'no' })), undefined);
    assert.equal(await vary(me({})), 'Cookie');
    assert.equal(await vary(world.call('POST', '/api/auth/mfa/verify', { body: {} })), 'Cookie');
    assert.equal(await vary(world.call('POST', '/api/auth/logout')), 'Cookie');
    assert.equal(await vary(world.call('GET', '/api/admin/enrollment-codes')), 'Cookie');
    const origin = { origin: 'https://ui.example' };
    assert.equal(await vary(me(origin)), 'Cookie, Origin');
  });

  it('keeps the keys of a session that it does not know, and ends them at sign-out', async () => {
    const before = sealedSession({ note: 'kept', username: 'admin', role: 'Admin' });
    const { cookies } = await login({ username: 'dana', password: 'trustno1' }, before);
    const payload = Buffer.from(/^session=([\w-]+)/.exec(cookies[1] ?? '')?.[1] ?? '', 'base64url').toString();
    assert.deepEqual(JSON.parse(payload), { note: 'kept', username: 'dana', role: 'User' });
    const out = await world.call('POST', '/api/auth/logout', { headers: before });
    assert.deepEqual(out.cookies, [
      'borealis_auth=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/',
      'session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/; SameSite=Lax',
    ]);
  });

  it('F2, F3: values of a wrong type are refused with their name, whether or not there is such an account', async () => {
    for (const [body, detail] of [
      [{ username: 7, password: 'x' }, 'username: text'],
      [{ username: 'dana', password_sha512: ['x'] }, 'password_sha512: text'],
      [{ username: 'dana', password: 7 }, 'password: text'],
      [{ username: 'nobody', password: 7 }, 'password: text'],
      [{ username: 'dana', password: '\ud800' }, 'password: text'],
      [[1], 'body: a JSON object'],
    ] as const) {
      const answer = await login(body);
      assert.deepEqual([answer.status, answer.body], [400, { error: 'invalid_request', detail }]);
      assert.deepEqual(answer.cookies, []);
    }
  });

  it('credentials that are missing come before those of a wrong type', async () => {
    for (const body of [{ password: 5 }, { username: ' ', password: ['x'] }, { username: 'dana', password: 0 }]) {
      const answer = await login(body);
      assert.deepEqual([answer.status, answer.body], [400, { error: 'missing credentials' }]);
    }
  });

  it('sign-out reads no body, and keeps the connection', async () => {
    const answer = await world.call('POST', '/api/auth/logout', { body: 'x'.repeat(1_100_000) });
    assert.deepEqual([answer.status, answer.body], [200, { status: 'ok' }]);
    assert.notEqual(answer.headers.connection, 'close');
  });

  it('F7: an account that is gone signs its sessions and tokens out at once', async () => {
    world.addAccount({ username: 'gone', role: 'Admin' });
    const { body, cookies } = await login({ username: 'gone', password: 'pw' });
    const proofs = [cookieHeader(cookies), { authorization: `Bearer ${body.token}` }];
    for (const headers of proofs) assert.equal((await me(headers)).status, 200);
    world.db.prepare("DELETE FROM users WHERE username = 'gone'").run();
    for (const headers of proofs) {
      assert.deepEqual([(await me(headers)).status, (await me(headers)).body], [401, { error: 'unauthorized' }]);
      assert.equal((await world.call('GET', '/api/admin/enrollment-codes', { headers })).status, 401);
    }
  });

  it('F7: a changed role counts at once, whatever was signed', async () => {
    world.addAccount({ username: 'rising' });
    const codes = (headers: Record<string, string>) => world.call('GET', '/api/admin/enrollment-codes', { headers });
    const asUser = sealedSession({ username: 'rising', role: 'User' });
    const asAdmin = sealedToken('rising', 'Admin');
    for (const headers of [asUser, asAdmin]) assert.equal((await codes(headers)).status, 403);
    world.db.prepare("UPDATE users SET role = 'ADMIN' WHERE username = 'rising'").run();
    for (const headers of [asUser, asAdmin]) assert.equal((await codes(headers)).status, 200);
    assert.equal((await me(asUser)).body.role, 'ADMIN');
    world.db.prepare("UPDATE users SET role = 'User' WHERE username = 'rising'").run();
    for (const headers of [asUser, asAdmin]) assert.equal((await codes(headers)).status, 403);
  });

  it('F16: a token without a name is nobody', async () => {
    for (const name of ['', ' ', 'no such account'])
      assert.equal((await me(sealedToken(name, 'Admin'))).status, 401, JSON.stringify(name));
  });

  it('takes a hash in place of the password, as the web interface sends it', async () => {
    assert.equal((await login({ username: 'dana', password_sha512: sha512('trustno1').toUpperCase() })).status, 200);
    assert.equal((await login({ username: 'dana', password_sha512: sha512('other') })).status, 401);
  });
});

describe('sign-in with settings of its own', () => {
  const env = {
    BOREALIS_SECRET: 'a secret of our own',
    BOREALIS_TOKEN_TTL_SECONDS: '60',
    BOREALIS_COOKIE_DOMAIN: 'example.org',
    BOREALIS_COOKIE_SECURE: '1',
    BOREALIS_COOKIE_SAMESITE: 'None',
  };
  let world: OperatorWorld;
  before(async () => {
    world = await startOperatorWorld({ env });
  });
  after(() => world.stop());

  it('seals with that secret, and takes nothing that another sealed', async () => {
    const { secret } = { secret: env.BOREALIS_SECRET };
    const me = async (headers: Record<string, string>) => (await world.call('GET', '/api/auth/me', { headers })).status;
    const keys = { username: 'admin', role: 'Admin' };
    assert.equal(await me(sealedSession(keys, { secret })), 200);
    assert.equal(await me(sealedSession(keys)), 401);
    assert.equal(await me(sealedToken('admin', 'Admin', { secret })), 200);
    assert.equal(await me(sealedToken('admin', 'Admin')), 401);
    const minuteAgo = Math.floor(Date.now() / 1000) - 62;
    assert.equal(await me(sealedToken('admin', 'Admin', { secret, at: minuteAgo })), 401);
    assert.equal(await me(sealedSession(keys, { secret, at: minuteAgo })), 200);
    await world.engine.logged(/bootstrap-complete/);
    assert.doesNotMatch(await world.engine.logText(), /settings-warning BOREALIS_SECRET|secret of our own/);
  });

  it('F14: signs out of the domain that it signed in to', async () => {
    const { cookies } = await world.call('POST', '/api/auth/login', {
      body: { username: 'admin', password: 'Password' },
    });
    assert.match(cookies[0] ?? '', /^borealis_auth=\S+; Domain=example\.org; Secure; Path=\/; SameSite=None$/);
    assert.match(cookies[1] ?? '', /^session=\S+; Domain=example\.org; Secure; HttpOnly; Path=\/; SameSite=None$/);
    const out = await world.call('POST', '/api/auth/logout');
    assert.match(out.cookies[0] ?? '', /^borealis_auth=; Domain=example\.org; Expires=/);
  });
});
