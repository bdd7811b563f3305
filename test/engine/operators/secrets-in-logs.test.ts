/** Neither log nor standard error holds what operators send to prove who they are, at any level. */
import assert from 'node:assert/strict';
import {
  codeOf,
  cookieHeader,
  type OperatorWorld,
  sealedToken,
  sha512,
  startOperatorWorld,
  wrongCodeOf,
} from '../../kit/operator-world.js';

const SECRET = 'JBSWY3DPEHPK3PXP';
const PASSWORD = 'my-Pässword-in-clear';

describe('secrets of operators', () => {
  let world: OperatorWorld;
  before(async () => {
    world = await startOperatorWorld({ env: { BOREALIS_DEBUG: 'true', BOREALIS_SECRET: 'the-seal-of-both-sides' } });
    world.addAccount({ username: 'dana', password: PASSWORD, role: 'Admin' });
    world.addAccount({ username: 'coded', password: PASSWORD, mfa: true, mfaSecret: SECRET });
    world.addAccount({ username: 'new', password: PASSWORD, mfa: true });
  });
  after(() => world.stop());

  it('are not in the log', async () => {
    const login = (body: unknown) => world.call('POST', '/api/auth/login', { body });
    const signedIn = await login({ username: 'dana', password: PASSWORD });
    await login({ username: 'dana', password: 'a-wrong-guess' });
    await login({ username: 'a-password-in-the-wrong-field', password: 'x' });
    await login({ username: 'dana', password_sha512: sha512(PASSWORD).slice(1) });
    const setup = await login({ username: 'new', password: PASSWORD });
    const pending = await login({ username: 'coded', password: PASSWORD });
    const code = wrongCodeOf(SECRET);
    const right = codeOf(SECRET);
    for (const tried of [code, right])
      await world.call('POST', '/api/auth/mfa/verify', {
        headers: cookieHeader(pending.cookies),
        body: { pending_token: pending.body.pending_token, code: tried },
      });
    const token = String(signedIn.body.token);
    const headers = { authorization: `Bearer ${token}` };
    await world.call('GET', '/api/auth/me', { headers });
    await world.call('GET', '/api/auth/me', { headers: sealedToken('dana', 'Admin') });
    const made = await world.call('POST', '/api/admin/enrollment-codes', { headers });
    await world.call('DELETE', `/api/admin/enrollment-codes/${made.body.id}`, { headers });
    await world.engine.logged(/install-code-deleted/);
    await world.engine.logged(/code-refused/);
    const written = (await world.engine.logText()) + world.engine.errors();
    for (const secret of [
      ...[PASSWORD, 'a-wrong-guess', 'a-password-in-the-wrong-field', sha512(PASSWORD), sha512(PASSWORD).slice(1)],
      ...[SECRET, String(setup.body.secret), String(pending.body.pending_token), `code=${right}`, `code=${code}`],
      ...[token, ...signedIn.cookies.map((line) => /=([^;]+)/.exec(line)?.[1] ?? '')],
      ...[String(made.body.code), 'the-seal-of-both-sides'],
    ])
      assert.ok(secret.length > 5 && !written.includes(secret), secret);
  });
});
