/** What is mended on the routes of devices, each where the legacy fails, stores damage, or writes what is another's. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readFernetKey, sealFernet } from '../../src/legacy-bridge/secrets/fernet.js';
import { type DeviceWorld, FINGERPRINT, GUID, startDeviceWorld } from '../kit/device-world.js';

const HEARTBEAT = '/api/agent/heartbeat';
const DETAILS = '/api/agent/details';
const CHECKIN = '/api/agent/checkin';
const ROTATE = '/api/agent/service-account/rotate';
const HASH = '/api/agent/hash';

const OTHER = 'BBBBBBBB-CCCC-4DDD-8EEE-000000000002';
const LOWER = 'bbbbbbbb-cccc-4ddd-8eee-000000000003';
const FINGERPRINTS = { other: 'cd'.repeat(32), lower: 'ef'.repeat(32) };

describe('device routes', () => {
  let world: DeviceWorld;
  let lowerToken: string;

  beforeEach(async () => {
    world = await startDeviceWorld();
    world.addDevice({
      guid: OTHER,
      hostname: 'OTHER',
      agent_id: 'other-agent',
      ssl_key_fingerprint: FINGERPRINTS.other,
    });
    world.addDevice({ guid: LOWER, hostname: 'LOWER', ssl_key_fingerprint: FINGERPRINTS.lower });
    lowerToken = await world.token({ guid: LOWER, fingerprint: FINGERPRINTS.lower });
  });
  afterEach(() => world.stop());

  const refused = async (path: string, body: unknown, detail: string) => {
    const rows = world.sql('SELECT * FROM devices');
    const answer = await world.call(path, { body });
    assert.deepEqual([answer.status, answer.body], [400, { error: 'invalid_request', detail }], String(body));
    assert.deepEqual(world.sql('SELECT * FROM devices'), rows);
  };

  it('refuse, with the field, what the legacy crashes on or stores in the form of Python', async () => {
    for (const [body, detail] of [
      ['[1]', 'body: a JSON object'],
      ['{"hostname": ', 'body: well-formed JSON'],
      ['{"hostname":"\\ud800"}', 'hostname: text'],
      ['{"metrics":{"last_user":["a",1,null]}}', 'metrics.last_user: text'],
      ['{"metrics":{"operating_system":true}}', 'metrics.operating_system: text'],
      ['{"metrics":{"uptime":99999999999999999999}}', 'metrics.uptime: a whole number of 64 bits'],
      ['{"external_ip":{"a":1}}', 'external_ip: text'],
      ['{"device_type":NaN}', 'device_type: text'],
    ])
      await refused(HEARTBEAT, body, String(detail));
    for (const [body, detail] of [
      ['[1]', 'body: a JSON object'],
      ['{"hostname":["x"],"details":{}}', 'hostname: text'],
      ['{"details":{"summary":{"hostname":7}}}', 'hostname: text'],
      ['{"hostname":"PC","agent_id":["x"],"details":{}}', 'agent_id: text'],
      ['{"hostname":"PC","details":{"summary":"x"}}', 'details.summary: an object'],
      ['{"hostname":"PC","details":{"summary":null}}', 'details.summary: an object'],
      ['{"details":{"summary":"x"}}', 'details.summary: an object'],
      ['{"hostname":"PC","details":{"summary":{"domain":["x"]}}}', 'details.summary.domain: text'],
      [
        '{"hostname":"PC","details":{"summary":{"uptime_sec":9223372036854775808}}}',
        'details.summary.uptime_sec: a whole number of 64 bits',
      ],
      [
        '{"hostname":"PC","details":{"summary":{"last_seen":{"a":1}}}}',
        'details.summary.last_seen: no object, since another kind of value is stored',
      ],
    ])
      await refused(DETAILS, body, String(detail));
    for (const path of [CHECKIN, ROTATE])
      for (const [body, detail] of [
        ['[1]', 'body: a JSON object'],
        ['{"agent_id":5}', 'agent_id: text'],
        ['{"agent_id":"a","username":5}', 'username: text'],
        ['{"agent_id":"a","hostname":true}', 'hostname: text'],
      ])
        await refused(path, body, String(detail));
    for (const [body, detail] of [
      ['[1]', 'body: a JSON object'],
      ['{"agent_guid":5,"agent_hash":"x"}', 'agent_guid: text'],
      ['{"agent_id":"a","agent_hash":5}', 'agent_hash: text'],
    ])
      await refused(HASH, body, String(detail));
  });

  it('take numbers of any size where the column is text, or the number fits', async () => {
    const body =
      '{"external_ip":123456789012345678901234567890,"metrics":{"uptime":-9223372036854775808,"last_user":1.5}}';
    assert.equal((await world.call(HEARTBEAT, { body })).status, 200);
    const [row] = world.sql(
      'SELECT external_ip, CAST(uptime AS TEXT) AS uptime, last_user FROM devices WHERE guid = ?',
      GUID,
    );
    assert.deepEqual(row, {
      external_ip: '123456789012345678901234567890',
      uptime: '-9223372036854775808',
      last_user: '1.5',
    });
    // A report that says nothing of it keeps it to the last digit.
    assert.equal((await world.call(DETAILS, { body: { hostname: 'PC', details: {} } })).status, 200);
    assert.deepEqual(world.sql('SELECT CAST(uptime AS TEXT) AS uptime FROM devices WHERE guid = ?', GUID), [
      { uptime: '-9223372036854775808' },
    ]);
  });

  it('store JSON as the legacy does, to the byte', async () => {
    const body = '{"inventory":{"memory":[{"b":1.0,"a":"Größe"},NaN,12345678901234567890]}}';
    await world.call(HEARTBEAT, { body });
    assert.equal(world.row()?.memory, '[{"b": 1.0, "a": "Gr\\u00f6\\u00dfe"}, NaN, 12345678901234567890]');
  });

  describe('details under another hostname', () => {
    const send = (hostname: string) =>
      world.call(DETAILS, { body: { hostname, details: { summary: { domain: 'd.example' } } } });

    it('rename the device when nobody has it, and leave no lock', async () => {
      assert.equal((await send('NEW-NAME')).status, 200);
      assert.deepEqual([world.row()?.hostname, world.row()?.domain], ['NEW-NAME', 'd.example']);
      const other = new Database(world.engine.databaseFile, { timeout: 0 });
      other.exec('BEGIN IMMEDIATE; ROLLBACK');
      other.close();
    });

    it('are refused when another device has it', async () => {
      const before_ = world.row(OTHER);
      const { status, body } = await send('OTHER');
      assert.deepEqual([status, body], [403, { error: 'guid_mismatch' }]);
      assert.deepEqual(world.row(OTHER), before_);
    });

    it('of another device is refused before the rest of the body is looked at', async () => {
      const body = { hostname: 'OTHER', agent_id: ['x'], details: { summary: 'x' } };
      const answer = await world.call(DETAILS, { body });
      assert.deepEqual([answer.status, answer.body], [403, { error: 'guid_mismatch' }]);
    });

    it('go to the own row when a row of nobody has it', async () => {
      world.addDevice({ guid: null, hostname: 'GHOST', ssl_key_fingerprint: null });
      assert.equal((await send('GHOST')).status, 200);
      assert.deepEqual([world.row()?.hostname, world.row()?.domain], ['PC', 'd.example']);
      assert.deepEqual(world.sql("SELECT guid, domain FROM devices WHERE hostname = 'GHOST'"), [
        { guid: null, domain: null },
      ]);
    });
  });

  it('a check-in writes only the own row, whatever hostname it names', async () => {
    const before_ = world.row(OTHER);
    for (const hostname of ['OTHER', 'NOBODY'])
      assert.equal((await world.call(CHECKIN, { body: { agent_id: 'mine', hostname } })).status, 200);
    assert.deepEqual(world.row(OTHER), before_);
    assert.equal(world.row()?.agent_id, 'mine');
    assert.equal(world.sql("SELECT 1 FROM devices WHERE hostname = 'NOBODY'").length, 0);
  });

  it('details that name the agent id of another device do not shut that one out of its account', async () => {
    const body = { hostname: 'PC', agent_id: 'other-agent', details: {} };
    assert.equal((await world.call(DETAILS, { body })).status, 200);
    const token = await world.token({ guid: OTHER, fingerprint: FINGERPRINTS.other });
    assert.equal((await world.call(CHECKIN, { body: { agent_id: 'other-agent' }, token })).status, 200);
    assert.deepEqual(
      (await world.call(CHECKIN, { body: { agent_id: 'other-agent' } })).body,
      { error: 'guid_mismatch' },
      'nor let the first one into it',
    );
  });

  it('a device in lower case keeps its row and its spelling through every route', async () => {
    for (const [path, body] of [
      [HEARTBEAT, { internal_ip: '10.0.0.1' }],
      [DETAILS, { hostname: 'LOWER', details: {} }],
      [CHECKIN, { agent_id: 'low', hostname: 'LOWER' }],
      [HASH, { agent_guid: LOWER, agent_hash: 'h' }],
      [HEARTBEAT, { internal_ip: '10.0.0.2' }],
    ] as const) {
      const answer = await world.call(path, { body, token: lowerToken });
      assert.equal(answer.status, 200, path);
      if (path === CHECKIN) assert.equal(answer.body.agent_guid, LOWER);
    }
    const { hostname, internal_ip, agent_id, agent_hash } = world.row(LOWER) ?? {};
    assert.deepEqual([hostname, internal_ip, agent_id, agent_hash], ['LOWER', '10.0.0.2', 'low', 'h']);
    assert.equal(world.sql('SELECT 1 FROM devices').length, 3);
  });

  it('a hash that names another guid takes no device its own', async () => {
    const body = { agent_id: 'other-agent-9', agent_guid: 'BBBBBBBB-CCCC-4DDD-8EEE-00000000000F', agent_hash: 'h' };
    const { status, body: answer } = await world.call(HASH, { body });
    assert.deepEqual([status, answer.agent_guid], [200, OTHER]);
    assert.equal(world.row(OTHER)?.agent_hash, 'h');
    world.addDevice({ guid: null, hostname: 'free', ssl_key_fingerprint: null });
    await world.call(HASH, { body: { ...body, agent_id: 'FREE-agent-1' } });
    assert.deepEqual(world.sql("SELECT guid FROM devices WHERE hostname = 'free'"), [{ guid: body.agent_guid }]);
  });

  it('details without details are an invalid payload, whatever else they lack', async () => {
    for (const body of ['{"hostname":["x"]}', '{"hostname":"PC","details":[1]}', '{"details":{}}']) {
      const answer = await world.call(DETAILS, { body });
      assert.deepEqual([answer.status, answer.body], [400, { error: 'invalid payload' }], body);
    }
  });

  it('a hostname of blanks is one, and renames nobody', async () => {
    const answer = await world.call(DETAILS, { body: { hostname: '  ', details: { summary: { domain: 'corp' } } } });
    assert.deepEqual([answer.status, world.row()?.hostname, world.row()?.domain], [200, 'PC', 'corp']);
  });

  it('a body that nobody reads may have any size, and costs no connection', async () => {
    const answer = await world.call('/api/agent/script/request', { body: 'x'.repeat(1_100_000) });
    assert.deepEqual([answer.status, answer.body.status], [200, 'idle']);
    assert.notEqual(answer.headers.connection, 'close');
  });

  it('the host of an agent id ends at the first -agent', async () => {
    world.addDevice({ guid: 'BBBBBBBB-CCCC-4DDD-8EEE-000000000004', hostname: 'A-Agent', agent_hash: 'h1' });
    world.addDevice({ guid: 'BBBBBBBB-CCCC-4DDD-8EEE-000000000005', hostname: '-agent', agent_hash: 'h2' });
    world.addDevice({ guid: 'BBBBBBBB-CCCC-4DDD-8EEE-000000000006', hostname: 'A', agent_hash: 'h3' });
    const find = (id: string) => world.call(`${HASH}?agent_id=${id}`, { method: 'GET', token: null });
    assert.equal((await find('a-agent-agent')).body.agent_hash, 'h3');
    assert.equal((await find('-agent-agent')).status, 404);
  });

  it('a hash that is asked for by guid comes with a hostname, be it empty', async () => {
    const find = () => world.call(`${HASH}?agent_guid=${GUID}`, { method: 'GET', token: null });
    world.sql('UPDATE devices SET hostname = NULL WHERE guid = ?', GUID);
    const { agent_hash, hostname, source } = (await find()).body;
    assert.deepEqual({ agent_hash, hostname, source }, { agent_hash: '', hostname: '', source: 'database' });
  });

  it('HEAD of a hash is the answer to an empty POST, and stores nothing', async () => {
    const answer = await world.call(`${HASH}?agent_guid=${GUID}`, { method: 'HEAD', token: null });
    assert.equal(answer.status, 400);
  });

  describe('service accounts', () => {
    const secretFile = () => join(world.root, 'Server', 'Borealis', 'server_secret.key');
    const account = (agentId: string, password: Buffer) =>
      world.sql(
        "INSERT INTO agent_service_account (agent_id, username, password_encrypted, last_rotated_utc) VALUES (?, '.\\x', ?, '')",
        agentId,
        password,
      );

    it('are never stored in the clear, nor logged', async () => {
      const { body } = await world.call(CHECKIN, { body: { agent_id: 'a' } });
      const { password } = body as { password: string };
      assert.equal(password.length, 24);
      for (const kind of [/[a-z]/, /[A-Z]/, /\d/, /[^\w]/]) assert.match(password, kind);
      const [row] = world.sql('SELECT CAST(password_encrypted AS TEXT) AS sealed FROM agent_service_account') as [
        { sealed: string },
      ];
      assert.match(row.sealed, /^gAAAAA/);
      assert.deepEqual((await world.call(CHECKIN, { body: { agent_id: 'a' } })).body.password, password);
      assert.notEqual((await world.call(ROTATE, { body: { agent_id: 'a' } })).body.password, password);
      assert.ok(!(await world.engine.logText()).includes(password));
    });

    it('sealed by the legacy are opened with the key of the shared file', async () => {
      const key = readFernetKey((await readFile(secretFile(), 'utf8')).trim());
      assert.ok(key);
      account('sealed', Buffer.from(sealFernet('from the legacy', key, 1_760_000_000, Buffer.alloc(16))));
      assert.equal((await world.call(CHECKIN, { body: { agent_id: 'sealed' } })).body.password, 'from the legacy');
    });

    const hashes = () => world.sql('SELECT username, password_hash FROM agent_service_account');
    const retire = () =>
      world.sql("UPDATE agent_service_account SET username = 'svcBorealisAnsibleRunner', password_hash = 'kept'");

    it('whose retired name a check-in replaces keep the hash of their password; a rotation ends it', async () => {
      await world.call(CHECKIN, { body: { agent_id: 'old' } });
      retire();
      await world.call(CHECKIN, { body: { agent_id: 'old' } });
      assert.deepEqual(hashes(), [{ username: '.\\svcBorealis', password_hash: 'kept' }]);
      await world.call(ROTATE, { body: { agent_id: 'old' } });
      assert.deepEqual(hashes(), [{ username: '.\\svcBorealis', password_hash: null }]);
    });

    it('leave in the row of their device who and when, and not since when its key is known', async () => {
      world.sql(
        'UPDATE devices SET ssl_key_fingerprint = NULL, key_added_at = NULL, last_seen = 1 WHERE guid = ?',
        GUID,
      );
      await world.call(CHECKIN, { body: { agent_id: 'a', hostname: 'PC' } });
      const row = world.row();
      assert.deepEqual([row?.agent_id, row?.ssl_key_fingerprint, row?.key_added_at], ['a', FINGERPRINT, null]);
      assert.ok(Number(row?.last_seen) > 1_700_000_000);
    });

    it('are given out whether or not the check-in can be noted, and no step of it is half done', async () => {
      world.sql(`CREATE TRIGGER no_keys BEFORE INSERT ON device_keys BEGIN SELECT RAISE(ABORT, 'no keys today'); END`);
      const before = world.row();
      const first = await world.call(CHECKIN, { body: { agent_id: 'a' } });
      assert.deepEqual([first.status, world.row()], [200, before]);
      await world.engine.logged(/check-in-not-noted step=note guid=BBBB.* no keys today/);
      const again = await world.call(CHECKIN, { body: { agent_id: 'a' } });
      assert.equal(again.body.password, first.body.password);
      world.sql('DROP TRIGGER no_keys');
      world.sql(
        `CREATE TRIGGER no_rewrite BEFORE UPDATE OF description ON devices BEGIN SELECT RAISE(ABORT, 'no'); END`,
      );
      assert.equal((await world.call(CHECKIN, { body: { agent_id: 'b', hostname: 'PC' } })).status, 200);
      assert.equal(world.row()?.agent_id, 'b');
      await world.engine.logged(/check-in-not-noted step=rewrite/);
    });

    it('sealed with another key are 503, and stay: not replaced, not decoded to rubbish', async () => {
      const foreign = { signing: Buffer.alloc(16, 1), encryption: Buffer.alloc(16, 2) };
      const sealed = Buffer.from(sealFernet('elsewhere', foreign, 1_760_000_000, Buffer.alloc(16)));
      account('foreign', sealed);
      const { status, body } = await world.call(CHECKIN, { body: { agent_id: 'foreign' } });
      assert.deepEqual([status, body], [503, { error: 'secrets_unavailable' }]);
      assert.deepEqual(world.sql("SELECT password_encrypted FROM agent_service_account WHERE agent_id = 'foreign'"), [
        { password_encrypted: sealed },
      ]);
    });
  });

  it('keep the connection for the next call', async () => {
    for (const path of ['/api/agent/script/request', HEARTBEAT, CHECKIN])
      assert.notEqual((await world.call(path, { body: { agent_id: 'a' } })).headers.connection, 'close', path);
  });

  it('record the key that a device calls with, once', async () => {
    for (let n = 0; n < 2; n += 1) await world.call(DETAILS, { body: { hostname: 'PC', details: {} } });
    assert.deepEqual(world.sql('SELECT guid, ssl_key_fingerprint FROM device_keys'), [
      { guid: GUID, ssl_key_fingerprint: FINGERPRINT },
    ]);
  });
});
