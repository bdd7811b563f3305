/** What the engine cannot know it does not answer: a busy or broken database signs nobody out, and costs nobody an attempt. */
import assert from 'node:assert/strict';
import {
  codeOf,
  cookieHeader,
  earlyInPeriod,
  type OperatorWorld,
  sealedSession,
  startOperatorWorld,
} from '../../kit/operator-world.js';

const SECRET = 'JBSWY3DPEHPK3PXP';

describe('sign-in while the database is in trouble', function () {
  this.timeout(30_000);
  let world: OperatorWorld;
  beforeEach(async () => {
    world = await startOperatorWorld({ env: { BOREALIS_ENGINE_BUSY_DEADLINE_MS: '100' } });
    world.addAccount({ username: 'coded', mfa: true, mfaSecret: SECRET });
  });
  afterEach(() => world.stop());

  const headers = sealedSession({ username: 'admin', role: 'Admin' });
  const login = () => world.call('POST', '/api/auth/login', { body: { username: 'admin', password: 'Password' } });

  it('busy for writers: sign-in waits, then says so; who one is goes on', async () => {
    world.db.exec('BEGIN IMMEDIATE');
    const { status, body, headers: told, cookies } = await login();
    assert.deepEqual([status, body.error, cookies], [503, 'database_busy', []]);
    assert.ok(told['retry-after']);
    assert.equal((await world.call('GET', '/api/auth/me', { headers })).status, 200);
    const code = await world.call('POST', '/api/admin/enrollment-codes', { headers });
    assert.deepEqual([code.status, code.body.error], [503, 'database_busy']);
    world.db.exec('ROLLBACK');
    assert.equal((await login()).status, 200);
  });

  it('busy for writers: a right code is not used up, however often it is tried', async () => {
    await earlyInPeriod();
    const signIn = await world.call('POST', '/api/auth/login', { body: { username: 'coded', password: 'pw' } });
    const proof = {
      headers: cookieHeader(signIn.cookies),
      body: { pending_token: signIn.body.pending_token, code: codeOf(SECRET) },
    };
    world.db.exec('BEGIN IMMEDIATE');
    for (let n = 0; n < 12; n += 1) assert.equal((await world.call('POST', '/api/auth/mfa/verify', proof)).status, 503);
    world.db.exec('ROLLBACK');
    assert.equal((await world.call('POST', '/api/auth/mfa/verify', proof)).status, 200);
  });

  it('without its tables: 503, never 401, and no attempt is counted', async () => {
    world.db.exec('ALTER TABLE users RENAME TO users_elsewhere');
    for (let n = 0; n < 12; n += 1) assert.equal((await login()).status, 503);
    for (const [method, path] of [
      ['GET', '/api/auth/me'],
      ['GET', '/api/admin/device-approvals'],
      ['POST', '/api/admin/device-approvals/x/deny'],
    ] as const) {
      const { status, body } = await world.call(method, path, { headers });
      assert.deepEqual([status, body.error], [503, 'database_unavailable'], path);
    }
    world.db.exec('ALTER TABLE users_elsewhere RENAME TO users');
    assert.equal((await login()).status, 200);
  });
});
