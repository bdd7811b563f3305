/** Engine and legacy on one database and one set of keys: whichever side a device meets, its enrolment goes on. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { type EngineProcess, startEngineProcess } from '../kit/engine-process.js';
import { type EnrollingDevice, enrollingDevice, postJson } from '../kit/enrolling-device.js';
import { operatorAt } from '../kit/operator-calls.js';
import { approve, makeInstallCode } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const SIDES = ['legacy', 'engine'] as const;
type Side = (typeof SIDES)[number];
const other = (side: Side): Side => (side === 'legacy' ? 'engine' : 'legacy');

describe('enrolment: engine and legacy together', function () {
  this.timeout(30_000);
  let legacy: SampleLegacy;
  let engine: EngineProcess;
  before(async () => {
    legacy = await startSampleLegacy();
    engine = await startEngineProcess({ root: legacy.root, databaseFile: legacy.databaseFile });
  });
  after(async () => {
    await engine.stop();
    await legacy.stop();
  });

  const baseOf = (side: Side) => (side === 'legacy' ? legacy.url : engine.address);
  const approveAtLegacy = async (device: EnrollingDevice) =>
    assert.equal(await approve(legacy, (one) => one.approval_reference === device.reference()), 1);
  const heartbeat = async (side: Side, token: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await request(`${baseOf(side)}/api/agent/heartbeat`, { method: 'POST', headers, body: '{}' });
    await answer.body.dump();
    return answer.statusCode;
  };

  const paths = SIDES.flatMap((asked) =>
    SIDES.flatMap((approved) => SIDES.map((finished) => ({ asked, approved, finished }))),
  );
  for (const { asked, approved, finished } of paths)
    it(`asks at the ${asked}, is approved at the ${approved}, finished by the ${finished}, refreshed by the other`, async () => {
      const device = enrollingDevice();
      const operator = operatorAt(baseOf(approved));
      // The code comes from the side that does not approve.
      const code = await makeInstallCode(operatorAt(baseOf(other(approved))), 1);
      assert.equal((await device.request(baseOf(asked), code)).status, 200);
      for (const side of SIDES) assert.equal((await device.poll(baseOf(side))).body.status, 'pending');
      assert.equal(await approve(operator, (one) => one.approval_reference === device.reference()), 1);
      const { body } = await device.poll(baseOf(finished));
      assert.equal(body.status, 'approved');
      for (const side of SIDES)
        assert.deepEqual((await device.poll(baseOf(side))).body, { status: 'approved', detail: 'finalized' });
      const { guid, refresh_token } = body;
      const refreshed = await postJson(`${baseOf(other(finished))}/api/agent/token/refresh`, { guid, refresh_token });
      assert.equal(refreshed.status, 200);
      for (const side of SIDES) {
        assert.equal(await heartbeat(side, body.access_token), 200);
        assert.equal(await heartbeat(side, refreshed.body.access_token), 200);
      }
    });

  it('both give out the same certificate and signing key', async () => {
    const code = await makeInstallCode(legacy, 2);
    const [atLegacy, atEngine] = [
      (await enrollingDevice().request(legacy.url, code)).body,
      (await enrollingDevice().request(engine.address, code)).body,
    ];
    assert.equal(atLegacy.server_certificate, atEngine.server_certificate);
    assert.equal(atLegacy.signing_key, atEngine.signing_key);
    assert.deepEqual(Object.keys(atLegacy).sort(), Object.keys(atEngine).sort());
  });

  it('asking again at the other side replaces what was asked at the first', async () => {
    const code = await makeInstallCode(legacy, 1);
    const device = enrollingDevice();
    await device.request(legacy.url, code);
    const reference = device.reference();
    const old = device.proof();
    await device.request(engine.address, code);
    assert.equal(device.reference(), reference);
    const stale = await postJson(`${legacy.url}/api/agent/enroll/poll`, old);
    assert.deepEqual([stale.status, stale.body.error], [400, 'nonce_mismatch']);
    assert.equal((await device.poll(legacy.url)).body.status, 'pending');
  });

  it('what the legacy denies is denied here', async () => {
    const device = enrollingDevice();
    await device.request(engine.address, await makeInstallCode(legacy, 1));
    const token = await legacy.adminToken();
    const listed = await legacy.call('GET', '/api/admin/device-approvals?status=pending', undefined, token);
    const { approvals } = listed.body as { approvals: { id: string; approval_reference: string }[] };
    const id = approvals.find((one) => one.approval_reference === device.reference())?.id;
    await legacy.call('POST', `/api/admin/device-approvals/${id}/deny`, {}, token);
    assert.deepEqual((await device.poll(engine.address)).body, { status: 'denied', reason: 'operator_denied' });
  });

  it('uses count on either side: the last one that the legacy gave away is gone here', async () => {
    const code = await makeInstallCode(legacy, 1);
    const [first, late] = [enrollingDevice(), enrollingDevice()];
    await first.request(engine.address, code);
    await late.request(engine.address, code);
    await approveAtLegacy(first);
    await approveAtLegacy(late);
    assert.equal((await first.poll(legacy.url)).body.status, 'approved');
    assert.equal((await late.poll(engine.address)).body.status, 'expired');
    assert.equal((await late.poll(legacy.url)).body.status, 'expired');
    // The device that has it may come back at either side.
    for (const side of SIDES) assert.equal((await first.request(baseOf(side), code)).status, 200);
  });

  it('both enrol a crowd at once: no one is turned away, and every use is counted once', async () => {
    const crowd = [];
    for (const side of SIDES) {
      const code = await makeInstallCode(legacy, 10);
      for (let n = 0; n < 10; n += 1) crowd.push({ device: enrollingDevice(), asks: side, polls: other(side), code });
    }
    const asked = await Promise.all(crowd.map(({ device, asks, code }) => device.request(baseOf(asks), code)));
    assert.deepEqual(new Set(asked.map(({ status }) => status)), new Set([200]));
    const references = new Set(crowd.map(({ device }) => device.reference()));
    assert.equal(await approve(legacy, ({ approval_reference }) => references.has(approval_reference)), crowd.length);
    const polled = await Promise.all(crowd.map(({ device, polls }) => device.poll(baseOf(polls))));
    assert.deepEqual(new Set(polled.map(({ body }) => body.status)), new Set(['approved']));
    assert.equal(new Set(polled.map(({ body }) => body.guid)).size, crowd.length);
    const db = new Database(legacy.databaseFile, { readonly: true });
    const uses = db.prepare('SELECT use_count FROM enrollment_install_codes WHERE code = ?').pluck();
    for (const code of new Set(crowd.map((one) => one.code))) assert.equal(uses.get(code), 10);
    db.close();
  });

  it('finds what the other side finished while it waited for the database', async () => {
    const device = enrollingDevice();
    await device.request(engine.address, await makeInstallCode(legacy, 1));
    await approveAtLegacy(device);
    const db = new Database(legacy.databaseFile);
    db.exec('BEGIN IMMEDIATE');
    const polled = device.poll(engine.address);
    // The engine has read "approved" by now, and waits to write.
    await new Promise((resolve) => setTimeout(resolve, 300));
    db.prepare("UPDATE device_approvals SET status = 'completed' WHERE approval_reference = ?").run(device.reference());
    db.exec('COMMIT');
    assert.deepEqual((await polled).body, { status: 'approved', detail: 'finalized' });
    const made = db.prepare('SELECT COUNT(*) AS n FROM devices WHERE hostname = ?').get(device.hostname);
    assert.deepEqual(made, { n: 0 });
    db.close();
  });
});
