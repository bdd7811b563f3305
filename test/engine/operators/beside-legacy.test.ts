/** Engine and sample legacy on one database: whatever one side gives an operator, the other takes. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';
import { callOperatorRoute, cookieHeader, sha512 } from '../../kit/operator-world.js';
import { type SampleLegacy, startSampleLegacy } from '../../kit/sample-legacy.js';

const SIDES = ['legacy', 'engine'] as const;
type Side = (typeof SIDES)[number];
const other = (side: Side): Side => (side === 'legacy' ? 'engine' : 'legacy');

for (const secret of [undefined, 'one secret for both, ünïcödé'])
  describe(`operators between the sides, ${secret === undefined ? 'with the default secret' : 'with a secret of their own'}`, function () {
    this.timeout(30_000);
    let legacy: SampleLegacy;
    let engine: EngineProcess;
    before(async () => {
      const env: Record<string, string> = secret === undefined ? {} : { BOREALIS_SECRET: secret };
      legacy = await startSampleLegacy({ env });
      // The engine by its other name for the same thing.
      const engineEnv = secret === undefined ? {} : { BOREALIS_FLASK_SECRET_KEY: secret };
      engine = await startEngineProcess({ root: legacy.root, databaseFile: legacy.databaseFile, env: engineEnv });
      const db = new Database(legacy.databaseFile);
      db.prepare(
        "INSERT INTO users (username, display_name, password_sha512, role) VALUES ('Zoë', '', ?, 'Admin')",
      ).run(sha512('pässwörd'));
      db.close();
    });
    after(async () => {
      await engine.stop();
      await legacy.stop();
    });

    const at = (
      side: Side,
      ...call: Parameters<typeof callOperatorRoute> extends [string, ...infer Rest] ? Rest : never
    ) => callOperatorRoute(side === 'legacy' ? legacy.url : engine.address, ...call);
    const login = (side: Side, username = 'Zoë', password = 'pässwörd') =>
      at(side, 'POST', '/api/auth/login', { body: { username, password } });

    for (const side of SIDES) {
      it(`a session, a bearer and a token cookie of the ${side} are good at the other`, async () => {
        const { status, body, cookies } = await login(side);
        assert.equal(status, 200);
        const expected = { username: 'Zoë', display_name: 'Zoë', role: 'Admin' };
        for (const headers of [
          cookieHeader(cookies.filter((line) => line.startsWith('session='))),
          cookieHeader(cookies.filter((line) => line.startsWith('borealis_auth='))),
          { authorization: `Bearer ${body.token}` },
        ]) {
          assert.deepEqual((await at(other(side), 'GET', '/api/auth/me', { headers })).body, expected);
          const listed = await at(other(side), 'GET', '/api/admin/enrollment-codes', { headers });
          assert.equal(listed.status, 200);
        }
      });

      it(`a session of the ${side} is replaced by a sign-in at the other`, async () => {
        const before = cookieHeader((await login(side)).cookies);
        const body = { username: 'admin', password: 'Password' };
        const { cookies } = await at(other(side), 'POST', '/api/auth/login', { body, headers: before });
        for (const asked of SIDES) {
          const { body: who } = await at(asked, 'GET', '/api/auth/me', { headers: cookieHeader(cookies) });
          assert.equal(who.username, 'admin');
        }
      });

      it(`a code made at the ${side} is listed, and deleted, at the other`, async () => {
        const headers = cookieHeader((await login(side)).cookies);
        const path = '/api/admin/enrollment-codes';
        const { body: made } = await at(side, 'POST', path, { body: { ttl_hours: 3, max_uses: 4 }, headers });
        const lists = await Promise.all(SIDES.map((asked) => at(asked, 'GET', `${path}?status=active`, { headers })));
        const [theirs, ours] = lists.map(({ body }) => body.codes as Record<string, unknown>[]);
        assert.deepEqual(ours, theirs);
        assert.ok(ours?.some(({ code, max_uses }) => code === made.code && max_uses === 4));
        assert.equal((await at(other(side), 'DELETE', `${path}/${made.id}`, { headers })).status, 200);
        assert.equal((await at(side, 'DELETE', `${path}/${made.id}`, { headers })).status, 404);
      });
    }
  });
