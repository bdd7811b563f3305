/** With the real engine and one database: what a write at shadow leaves behind is the legacy's, once, and nothing of the engine's. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type JWK, SignJWT } from 'jose';
import { request } from 'undici';
import { readEd25519Key } from '../../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';
import { enrollingDevice } from '../kit/enrolling-device.js';
import { countOf, metricOf, untilCounted } from '../kit/facade-metrics.js';
import type { FacadeProcess } from '../kit/facade-process.js';
import { patientShadowing } from '../kit/patient-shadowing.js';
import { makeInstallCode } from '../kit/sample-agent.js';
import type { SampleLegacy } from '../kit/sample-legacy.js';

const COMPARED = 'facade_comparisons_total';

interface Device {
  readonly guid: string;
  readonly ssl_key_fingerprint: string;
  readonly token_version: number;
}

describe('a write at shadow, with the real engine', function () {
  this.timeout(60_000);
  let world: AgentWorld;
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let db: Database.Database;
  let code: string;

  before(async () => {
    // One agent that has enrolled: only an engine whose database knows agents gets rows that carry tokens.
    world = await startAgentWorld({ facade: patientShadowing });
    ({ legacy, facade } = world);
    await world.agent.stop();
    code = await makeInstallCode(legacy, 100);
    db = new Database(legacy.databaseFile, { readonly: true });
    await facade.flip('enrollment', 'shadow');
    await facade.flip('enrollment-admin', 'shadow');
  });
  after(async () => {
    db?.close();
    await world?.stop();
  });

  const rows = (table: string): number => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;

  const enrol = async (): Promise<number> => (await enrollingDevice().request(facade.address, code)).status;

  it('is executed exactly once', async () => {
    const before = rows('device_approvals');
    for (let nth = 1; nth <= 5; nth += 1) {
      assert.equal(await enrol(), 200);
      assert.equal(rows('device_approvals'), before + nth);
    }
    await untilCounted(facade, 5, COMPARED, 'row="enroll-request"');
    assert.equal(rows('device_approvals'), before + 5);
  });

  it('is neither a mismatch nor a drop', async () => {
    assert.equal(await countOf(facade, COMPARED, 'verdict="mismatch"'), 0);
    assert.deepEqual([...(await metricOf(facade, 'facade_comparison_drops_total'))], []);
  });

  it('by an operator is executed exactly once too', async () => {
    const before = rows('enrollment_install_codes');
    const answer = await request(`${facade.address}/api/admin/enrollment-codes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await legacy.adminToken()}` },
      body: JSON.stringify({ ttl_hours: 1, max_uses: 3 }),
    });
    await answer.body.dump();
    assert.ok(answer.statusCode < 300, String(answer.statusCode));
    await untilCounted(facade, 1, COMPARED, 'row="enrollment-codes"');
    assert.equal(rows('enrollment_install_codes'), before + 1);
  });

  it('uses up no one-use proof: the engine takes it once the row is its own', async () => {
    const target = `${facade.address}/api/agent/script/request`;
    const keyFile = join(legacy.root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key');
    const { privateKey: signing, kid } = await readEd25519Key(keyFile);
    const device = db.prepare('SELECT guid, ssl_key_fingerprint, token_version FROM devices').get() as Device;
    const token = await accessTokenSigner(signing, kid).sign(
      { guid: device.guid, fingerprint: device.ssl_key_fingerprint, tokenVersion: device.token_version },
      Math.floor(Date.now() / 1000),
    );
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const proof = await new SignJWT({ htm: 'POST', htu: target, jti: 'once' })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk: publicKey.export({ format: 'jwk' }) as JWK })
      .setIssuedAt()
      .sign(privateKey);
    const call = async (): Promise<number> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, dpop: proof };
      const answer = await request(target, { method: 'POST', headers, body: '{}' });
      await answer.body.dump();
      return answer.statusCode;
    };
    await facade.flip('device-calls', 'shadow');
    await call();
    await untilCounted(facade, 1, COMPARED, 'row="agent-script-request"');
    await facade.flip('device-calls', 'engine');
    assert.deepEqual([await call(), await call()], [200, 400]);
  });

  it("does not use up the engine's own limits", async () => {
    // The legacy's limit is used up by now, or soon; whatever it says, the engine has counted nothing.
    while ((await enrol()) === 200);
    await facade.flip('enrollment', 'engine');
    assert.equal(await enrol(), 200);
  });
});
