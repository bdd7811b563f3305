/** Rows that demand a caller, through a real facade with a real legacy and engine: who gets through, to either side. */
import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { readEd25519Key } from '../../src/legacy-bridge/keys/ed25519-key-file.js';
import { legacyLayout } from '../../src/legacy-bridge/layout/legacy-layout.js';
import { sealSession } from '../../src/legacy-bridge/operators/session-cookie.js';
import { accessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { type EditedTable, editedTable } from '../kit/edited-table.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { RawClient, valuesOf } from '../kit/raw-http.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const DEVICE = { guid: '11111111-2222-4333-8444-555555555555', fingerprint: 'ab'.repeat(32) };
const seconds = () => Math.floor(Date.now() / 1000);
type Headers = Readonly<Record<string, string>>;

describe('rows that demand a caller', function () {
  this.timeout(60_000);
  let table: EditedTable;
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let db: Database.Database;
  let device: Headers;

  before(async () => {
    table = await editedTable({ access: { sites: 'operator', devices: 'admin', 'server-time': 'device' } });
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy, tableFile: table.file, env: { FACADE_LOG_LEVEL: 'debug' } });
    await facade.engineReady();
    db = new Database(legacy.databaseFile);
    db.prepare('INSERT INTO devices (guid, hostname, ssl_key_fingerprint) VALUES (?, ?, ?)').run(
      DEVICE.guid,
      'PC',
      DEVICE.fingerprint,
    );
    addUser('olga', 'User');
    const key = await readEd25519Key(keyFile());
    const token = await accessTokenSigner(key.privateKey, key.kid).sign({ ...DEVICE, tokenVersion: 1 }, seconds());
    device = { authorization: `Bearer ${token}` };
  });
  after(async () => {
    db?.close();
    await facade?.stop();
    await legacy?.stop();
    await table?.remove();
  });

  const keyFile = () => legacyLayout(legacy.root).jwtKeyFile;
  const addUser = (name: string, role: string) =>
    db
      .prepare("INSERT INTO users (username, password_sha512, role, created_at, updated_at) VALUES (?, '', ?, 1, 1)")
      .run(name, role);
  const session = (username: string, role = 'User'): Headers => ({
    cookie: `session=${sealSession(new Map(Object.entries({ username, role })), 'borealis-dev-secret', seconds())}`,
  });
  const call = async (method: string, path: string, headers: Headers = {}, body?: unknown) => {
    const answer = await fetch(facade.address + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const refused = async (method: string, path: string, headers: Headers, reason: RegExp) => {
    const answer = await call(method, path, headers, method === 'POST' ? {} : undefined);
    assert.equal(answer.status, 403, answer.text);
    const { error, reason: told } = JSON.parse(answer.text) as { error: string; reason: string };
    assert.equal(error, 'access_denied');
    assert.match(told, reason);
    for (const name of ['www-authenticate', 'set-cookie', 'location']) assert.equal(answer.headers.get(name), null);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  };

  for (const side of ['legacy', 'engine'] as const) {
    describe(`at ${side}`, () => {
      before(async () => {
        if (side === 'engine') await facade.flip('server-time', 'engine');
      });
      after(async () => {
        if (side === 'engine') await facade.flip('server-time', 'legacy');
      });

      it('serve a device with its token, and nobody else', async () => {
        assert.equal((await call('GET', '/api/server/time', device)).status, 200);
        for (const caller of [{}, session('admin', 'Admin'), { authorization: 'Bearer x' }])
          await refused('GET', '/api/server/time', caller, /enrolled devices/);
        db.prepare("UPDATE devices SET status = 'revoked'").run();
        await refused('GET', '/api/server/time', device, /enrolled devices/);
        db.prepare("UPDATE devices SET status = 'active'").run();
        assert.equal((await call('HEAD', '/api/server/time', device)).status, 200);
        assert.equal((await call('HEAD', '/api/server/time')).status, 403);
      });
    });
  }

  it('serve operators by session, bearer and cookie, whom the legacy signed in', async () => {
    const login = await call('POST', '/api/auth/login', {}, { username: 'admin', password: 'Password' });
    assert.equal(login.status, 200);
    const { token } = JSON.parse(login.text) as { token: string };
    const cookies = login.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
    for (const caller of [{ authorization: `Bearer ${token}` }, ...cookies.map((cookie) => ({ cookie }))]) {
      assert.equal((await call('GET', '/api/sites', caller)).status, 200);
      assert.equal((await call('GET', '/api/devices', caller)).status, 200);
    }
    assert.equal((await call('POST', '/api/sites', { cookie: cookies[0] ?? '' }, { name: 'North' })).status, 200);
    await refused('GET', '/api/sites', {}, /signed-in operators/);
    await refused('POST', '/api/sites', device, /signed-in operators/);
    await refused('GET', '/api/sites', { authorization: 'Bearer x', ...{ cookie: 'borealis_auth=y' } }, /operators/);
  });

  it('look at the account with each request', async () => {
    assert.equal((await call('GET', '/api/sites', session('olga'))).status, 200);
    await refused('GET', '/api/devices', session('olga', 'Admin'), /administrators/);
    db.prepare("UPDATE users SET role = 'Admin' WHERE username = 'olga'").run();
    assert.equal((await call('GET', '/api/devices', session('olga'))).status, 200);
    db.prepare("DELETE FROM users WHERE username = 'olga'").run();
    await refused('GET', '/api/sites', session('olga', 'Admin'), /operators/);
    await refused('GET', '/api/sites', session('nobody', 'Admin'), /operators/);
  });

  it('refuse a write before a byte of its body is read, and the legacy hears nothing', async () => {
    const before = (await legacy.call('GET', '/api/sites')).body;
    const head = ['POST /api/sites HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 1000000'];
    for (const more of [[], ['Expect: 100-continue']]) {
      const client = await RawClient.connect(facade.port);
      const { status, headers } = await client.send(`${[...head, ...more].join('\r\n')}\r\n\r\n`).answer();
      assert.equal(status, 403);
      assert.deepEqual(valuesOf(headers, 'connection'), ['close']);
      client.close();
    }
    assert.deepEqual((await legacy.call('GET', '/api/sites')).body, before);
  });

  it('let preflights through, which carry no proof and show no data', async () => {
    const origin = { origin: 'https://ui.example', 'access-control-request-method': 'GET' };
    const answer = await call('OPTIONS', '/api/sites', origin);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '');
  });

  it('are told by explain, routes and metrics', async () => {
    const explain = (headers: Headers, path = '/api/sites') =>
      facade.admin('POST', '/explain', { method: 'GET', path, headers }) as Promise<Record<string, unknown>>;
    const guest = await explain({});
    assert.equal(guest.side, 'facade');
    assert.deepEqual(guest.access, {
      demands: 'operator',
      outcome: 'denied',
      why: 'the request carries no session or operator token that is valid',
    });
    assert.match(String(guest.reason), /its access is operator, and the facade answers 403 access_denied/);
    const admin = await explain(session('admin'));
    assert.equal(admin.side, 'legacy');
    assert.equal((admin.access as { outcome: string }).outcome, 'allowed');
    assert.equal((await explain({}, '/health')).side, 'legacy');
    const { routes, profile } = (await facade.admin('GET', '/routes')) as {
      profile: string;
      routes: { id: string; access: string }[];
    };
    assert.equal(profile, 'open');
    assert.equal(routes.find(({ id }) => id === 'devices')?.access, 'admin');
    const metrics = String(await facade.admin('GET', '/metrics'));
    assert.match(metrics, /facade_access_judgements_total\{row="sites",outcome="allowed"\} \d/);
    assert.match(metrics, /facade_access_judgements_total\{row="sites",outcome="denied"\} \d/);
    assert.doesNotMatch(metrics, /facade_access_judgements_total\{row="health"/);
    assert.match(metrics, /facade_requests_total\{row="sites",side="facade",class="4xx"\} \d/);
  });

  it('answer 503 while the key can not be read, and come back by themselves', async () => {
    await rename(keyFile(), `${keyFile()}.aside`);
    try {
      const until = Date.now() + 5000;
      let answer = await call('GET', '/api/server/time', device);
      while (answer.status === 200 && Date.now() < until) answer = await call('GET', '/api/server/time', device);
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get('retry-after'), '5');
      assert.match(answer.text, /access_unavailable/);
      assert.equal((await call('GET', '/health')).status, 200);
    } finally {
      await rename(`${keyFile()}.aside`, keyFile());
    }
    assert.equal((await call('GET', '/api/server/time', device)).status, 200);
  });

  it('change by an edit of the file, which is kept with what it changed', async () => {
    const text = await readFile(facade.tableFile, 'utf8');
    await writeFile(facade.tableFile, text.replace('access: operator', 'access: admin'));
    const audit = async () => {
      const { entries } = (await facade.admin('GET', '/audit?limit=1')) as { entries: { detail: string }[] };
      return entries[0]?.detail ?? '';
    };
    for (const until = Date.now() + 5000; !(await audit()).includes('access:sites') && Date.now() < until; );
    assert.equal(await audit(), 'access:sites: operator -> admin');
  });

  it('leave no proof in the log', () => {
    const log = JSON.stringify(facade.log);
    assert.ok(facade.log.some(({ message }) => message === 'access refused'));
    const { authorization = '' } = device;
    assert.ok(!log.includes(authorization.slice(7, 40)));
    assert.ok(!log.includes(session('admin').cookie?.slice(8, 40) ?? ''));
    assert.match(log, /publicly known default/);
  });
});

describe('a table that demands callers whom nobody can know', function () {
  this.timeout(60_000);

  it('does not start the facade, and says which rows and what is missing', async () => {
    const legacy = await startSampleLegacy();
    const table = await editedTable({ profile: 'hardened' });
    const unset = { BOREALIS_PROJECT_ROOT: undefined, BOREALIS_ROOT: undefined };
    try {
      await assert.rejects(
        startFacadeProcess({ legacy, tableFile: table.file, env: unset }),
        /hardened: expected public, since operator can't be told from others \(.*set shared\.projectRoot, or BOREALIS_PROJECT_ROOT\)/,
      );
      const running = await startFacadeProcess({
        legacy,
        tableFile: table.file,
        env: unset,
        args: ['--project-root', legacy.root],
      });
      try {
        assert.equal((await fetch(`${running.address}/api/sites`)).status, 403);
      } finally {
        await running.stop();
      }
    } finally {
      await table.remove();
      await legacy.stop();
    }
  });

  it('is refused at reload, and the last good one stays', async () => {
    const legacy = await startSampleLegacy();
    const facade = await startFacadeProcess({
      legacy,
      env: { BOREALIS_PROJECT_ROOT: undefined, BOREALIS_ROOT: undefined, BOREALIS_SECRET: '' },
      args: ['--engine-mode', 'off', '--project-root', legacy.root],
    });
    try {
      const text = await readFile(facade.tableFile, 'utf8');
      await writeFile(facade.tableFile, text.replace('profile: open', 'profile: hardened'));
      await assert.rejects(
        facade.flip('health', 'canary', { percent: 1 }),
        /table_rejected.*BOREALIS_SECRET is set but empty/,
      );
      assert.equal((await fetch(`${facade.address}/api/sites`)).status, 200);
    } finally {
      await facade.stop();
      await legacy.stop();
    }
  });
});
