import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { isHeartbeat } from '../../../src/facade/sockets/polling-sessions.js';
import { startSampleLegacy } from '../../kit/sample-legacy.js';

describe('A polling body that counts as a heartbeat', () => {
  it('is one packet without data', () => {
    assert.deepEqual(([1, 0, 2, 'chunked'] as const).map(isHeartbeat), [true, false, false, false]);
  });

  it('may close a session instead, by which nothing is written', async function () {
    this.timeout(30_000);
    const legacy = await startSampleLegacy();
    const database = new Database(legacy.databaseFile, { readonly: true });
    try {
      const base = `${legacy.url}/socket.io/?EIO=4&transport=polling`;
      const get = async (url: string): Promise<string> => (await request(url)).body.text();
      const post = async (url: string, body: string): Promise<number> => {
        const headers = { 'content-type': 'text/plain;charset=UTF-8' };
        const answer = await request(url, { method: 'POST', body, headers });
        await answer.body.dump();
        return answer.statusCode;
      };
      const { sid } = JSON.parse((await get(base)).slice(1)) as { sid: string };
      const session = `${base}&sid=${sid}`;
      await post(session, '40');
      await post(session, '420["connect_agent",{"agent_id":"PC-agent","service_mode":"system"}]');
      for (let told = ''; !told.includes('430[]'); ) told = await get(session);
      const rows = () => {
        const tables = database
          .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
          .pluck()
          .all() as string[];
        return tables.map((table) => [table, database.prepare(`SELECT * FROM "${table}"`).all()]);
      };
      const before = rows();
      assert.ok(isHeartbeat(Buffer.byteLength('1')));
      assert.equal(await post(session, '1'), 200);
      assert.notEqual(await post(session, '3'), 200, 'the session is over');
      assert.deepEqual(rows(), before);
    } finally {
      database.close();
      await legacy.stop();
    }
  });
});
