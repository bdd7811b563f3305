/** The second factor at the engine: setting it up, proving it, and what is mended: everything works once, for an account that is there. */
import assert from 'node:assert/strict';
import {
  codeOf,
  cookieHeader,
  earlyInPeriod,
  type OperatorWorld,
  sealedPending,
  startOperatorWorld,
  wrongCodeOf,
} from '../../kit/operator-world.js';

const SECRET = 'JBSWY3DPEHPK3PXP';

describe('second factor', function () {
  this.timeout(30_000);
  let world: OperatorWorld;
  before(async () => {
    world = await startOperatorWorld();
  });
  after(() => world.stop());

  let made = 0;
  const newAccount = (more: { mfaSecret?: string | null; role?: string } = { mfaSecret: SECRET }) => {
    made += 1;
    const username = `user${made}`;
    world.addAccount({ username, mfa: true, ...more });
    return username;
  };
  const login = async (username: string) => {
    const { status, body, cookies } = await world.call('POST', '/api/auth/login', {
      body: { username, password: 'pw' },
    });
    assert.equal(status, 200);
    return { body, headers: cookieHeader(cookies), pending_token: String(body.pending_token) };
  };
  const verify = (headers: Record<string, string>, body: unknown) =>
    world.call('POST', '/api/auth/mfa/verify', { headers, body });

  it('is set up by its first code, and asked for from then on', async () => {
    const username = newAccount({ mfaSecret: null });
    const { body, headers, pending_token } = await login(username);
    const secret = String(body.secret);
    assert.equal(body.stage, 'setup');
    assert.match(secret, /^[A-Z2-7]{32}$/);
    assert.equal(body.otpauth_url, `otpauth://totp/Borealis:${username}?secret=${secret}&issuer=Borealis`);
    assert.match(String(body.qr_image), /^data:image\/png;base64,iVBOR/);
    assert.equal(world.account(username)?.mfa_secret, null);
    assert.equal((await world.call('GET', '/api/auth/me', { headers })).status, 401, 'not signed in yet');
    await earlyInPeriod();
    const signedIn = await verify(headers, { pending_token, code: codeOf(secret) });
    assert.equal(signedIn.status, 200);
    assert.equal(world.account(username)?.mfa_secret, secret);
    assert.equal((await world.call('GET', '/api/auth/me', { headers: cookieHeader(signedIn.cookies) })).status, 200);
    assert.equal((await login(username)).body.stage, 'verify');
  });

  it('is proved by the code of this period, the one before or the one after', async () => {
    await earlyInPeriod();
    for (const periods of [-1, 0, 1]) {
      const { headers, pending_token } = await login(newAccount());
      assert.equal((await verify(headers, { pending_token, code: codeOf(SECRET, periods) })).status, 200);
    }
    const { headers, pending_token } = await login(newAccount());
    for (const periods of [-2, 2])
      assert.equal((await verify(headers, { pending_token, code: codeOf(SECRET, periods) })).status, 401);
  });

  it('takes digits of other widths, and passes over what is no digit', async () => {
    await earlyInPeriod();
    const { headers, pending_token } = await login(newAccount());
    const wide = [...codeOf(SECRET)].map((digit) => String.fromCharCode(0xff10 + Number(digit))).join(' - ');
    assert.equal((await verify(headers, { pending_token: ` ${pending_token} `, code: wide })).status, 200);
  });

  it('F11: a code works once, whatever session it is given to', async () => {
    await earlyInPeriod();
    const username = newAccount();
    const code = codeOf(SECRET);
    const first = await login(username);
    const second = await login(username);
    assert.equal((await verify(first.headers, { pending_token: first.pending_token, code })).status, 200);
    const replayed = await verify(second.headers, { pending_token: second.pending_token, code });
    assert.deepEqual([replayed.status, replayed.body, replayed.cookies], [401, { error: 'invalid_code' }, []]);
    // The session still waits: the next code is as good as ever.
    const next = await verify(second.headers, { pending_token: second.pending_token, code: codeOf(SECRET, 1) });
    assert.equal(next.status, 200);
  });

  it('F11: a session that waits for a code is used up by it', async () => {
    await earlyInPeriod();
    const { headers, pending_token } = await login(newAccount());
    assert.equal((await verify(headers, { pending_token, code: codeOf(SECRET) })).status, 200);
    const again = await verify(headers, { pending_token, code: codeOf(SECRET, 1) });
    assert.deepEqual([again.status, again.body], [401, { error: 'expired' }]);
    assert.match(again.cookies.join(), /^session=; Expires=/);
  });

  it('F11: of many answers at once, one is taken', async () => {
    await earlyInPeriod();
    const { headers, pending_token } = await login(newAccount());
    const body = { pending_token, code: codeOf(SECRET) };
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify(headers, body)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  });

  it('F12: a list or an object of digits is no code', async () => {
    const { headers, pending_token } = await login(newAccount());
    for (const code of [[...codeOf(SECRET)], { code: codeOf(SECRET) }]) {
      const { status, body } = await verify(headers, { pending_token, code });
      assert.deepEqual([status, body], [400, { error: 'invalid_request', detail: 'code: text or a number' }]);
      // The session is looked at first.
      const stranger = await verify(headers, { pending_token: 'x', code });
      assert.deepEqual([stranger.status, stranger.body], [401, { error: 'invalid_session' }]);
    }
  });

  it('of other values the digits of their text count', async () => {
    const { headers, pending_token } = await login(newAccount());
    // Sent as text, since JSON of this language has no fraction of zero.
    for (const [code, status] of [
      ['true', 400],
      ['NaN', 400],
      ['12345', 400],
      ['123456.0', 401],
    ] as const) {
      const answer = await verify(headers, `{"pending_token":"${pending_token}","code":${code}}`);
      assert.deepEqual([answer.status, answer.body], [status, { error: 'invalid_code' }], code);
    }
  });

  it('F12: an account that is gone is not signed in, not even by setting up', async () => {
    await earlyInPeriod();
    const username = newAccount({ mfaSecret: null });
    const { body, headers, pending_token } = await login(username);
    world.db.prepare('DELETE FROM users WHERE username = ?').run(username);
    const {
      status,
      body: refused,
      cookies,
    } = await verify(headers, { pending_token, code: codeOf(String(body.secret)) });
    assert.deepEqual([status, refused, cookies], [403, { error: 'mfa_not_configured' }, []]);
  });

  it('F7: the role is the one that the account has when its code is given', async () => {
    await earlyInPeriod();
    const username = newAccount({ mfaSecret: SECRET, role: 'Admin' });
    const { headers, pending_token } = await login(username);
    world.db.prepare("UPDATE users SET role = 'User' WHERE username = ?").run(username);
    const { body } = await verify(headers, { pending_token, code: codeOf(SECRET) });
    assert.equal(body.role, 'User');
  });

  it('F3: without a secret that can be read there is nothing to prove', async () => {
    const broken = newAccount({ mfaSecret: '!!!' });
    const plain = newAccount({ mfaSecret: SECRET });
    for (const facts of [
      { username: broken },
      { username: plain, stage: 'setup' },
      { username: plain, stage: 'setup', secret: '!' },
    ]) {
      const { status, body } = await verify(sealedPending(facts), { pending_token: 't', code: '123456' });
      assert.deepEqual([status, body], [403, { error: 'mfa_not_configured' }]);
    }
  });

  it('is refused in the order of the contract', async () => {
    const username = newAccount();
    const pending = sealedPending({ username });
    const late = sealedPending({ username, expires: 1n });
    const right = { pending_token: 't', code: wrongCodeOf(SECRET) };
    for (const [headers, body, status, error] of [
      [{}, right, 401, 'mfa_pending'],
      [pending, { ...right, pending_token: 7 }, 400, 'invalid_request'],
      [late, { ...right, pending_token: 'u' }, 401, 'invalid_session'],
      [late, { ...right, code: '1' }, 401, 'expired'],
      [pending, { ...right, code: '1-2-3-4-5' }, 400, 'invalid_code'],
      [pending, right, 401, 'invalid_code'],
    ] as const) {
      const answer = await verify(headers, body);
      assert.deepEqual([answer.status, answer.body.error], [status, error]);
    }
  });
});
