/** F11: attempts at passwords and codes are limited, by account and by address; who knows the secret meets no limit. */
import assert from 'node:assert/strict';
import {
  codeOf,
  cookieHeader,
  type OperatorAnswer,
  type OperatorWorld,
  startOperatorWorld,
  wrongCodeOf,
} from '../../kit/operator-world.js';

const SECRET = 'JBSWY3DPEHPK3PXP';
const MOST = 10;

describe('attempts at secrets', function () {
  this.timeout(30_000);
  let world: OperatorWorld;
  before(async () => {
    world = await startOperatorWorld();
    for (const username of ['mira', 'dana', 'sam', 'late']) world.addAccount({ username });
    world.addAccount({ username: 'coded', mfa: true, mfaSecret: SECRET });
  });
  after(() => world.stop());

  /** The facade names the client's address. */
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const login = (username: string, password: string, address: string) =>
    world.call('POST', '/api/auth/login', { body: { username, password }, headers: from(address) });
  const times = async (count: number, call: () => Promise<OperatorAnswer>) => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n += 1) statuses.push((await call()).status);
    return statuses;
  };
  const assertLimited = ({ status, body, headers }: OperatorAnswer) => {
    assert.deepEqual([status, body], [429, { error: 'rate_limited' }]);
    const pause = Number(headers['retry-after']);
    assert.ok(pause > 0 && pause <= 300, `${pause} s`);
  };

  it('that are right do not count', async () => {
    const statuses = await times(MOST + 15, () => login('dana', 'pw', '10.0.0.1'));
    assert.ok(statuses.every((status) => status === 200));
  });

  it('at a password are limited, even with the right one, and only from that address', async () => {
    assert.deepEqual(new Set(await times(MOST, () => login('mira', 'no', '10.0.1.1'))), new Set([401]));
    assertLimited(await login('MIRA', 'no', '10.0.1.1'));
    assertLimited(await login('mira', 'pw', '10.0.1.1'));
    assert.equal((await login('dana', 'pw', '10.0.1.1')).status, 200);
    assert.equal((await login('mira', 'pw', '10.0.1.2')).status, 200);
    await world.engine.logged(/sign-in-limited address=10\.0\.1\.1/);
  });

  it('at an account that is not there are limited alike', async () => {
    assert.deepEqual(new Set(await times(MOST, () => login('nobody', 'no', '10.0.2.1'))), new Set([401]));
    assertLimited(await login('nobody', 'no', '10.0.2.1'));
  });

  it('sent all at once are no way around the limit', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => login('sam', 'no', '10.0.3.1')));
    assert.equal(answers.filter(({ status }) => status === 401).length, MOST);
    assert.equal(answers.filter(({ status }) => status === 429).length, 40 - MOST);
  });

  it('at many accounts from one address are limited', async () => {
    let name = 0;
    const statuses = await times(50, () => login(`name${name++}`, 'no', '10.0.4.1'));
    assert.deepEqual(new Set(statuses), new Set([401]));
    assertLimited(await login('late', 'pw', '10.0.4.1'));
  });

  it('at a code are limited, across all sessions that wait for one', async () => {
    const signIn = async () => {
      const { body, cookies } = await login('coded', 'pw', '10.0.5.1');
      return { headers: { ...cookieHeader(cookies), ...from('10.0.5.1') }, pending_token: body.pending_token };
    };
    const attempt = async (code: string) => {
      const { headers, pending_token } = await signIn();
      return world.call('POST', '/api/auth/mfa/verify', { headers, body: { pending_token, code } });
    };
    assert.deepEqual(new Set(await times(MOST, () => attempt(wrongCodeOf(SECRET)))), new Set([401]));
    assertLimited(await attempt(wrongCodeOf(SECRET)));
    assertLimited(await attempt(codeOf(SECRET)));
  });
});
