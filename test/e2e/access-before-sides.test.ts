/** A caller is judged before any side hears of him: the one that would answer, the one that would be compared, the fallback. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AccessJudge } from '../../src/facade/access/access-judge.js';
import type { AccessVerdict } from '../../src/facade/access/access-verdict.js';
import {
  type FacadeUnderTest,
  NO_SHADOWING,
  type RowUnderTest,
  startFacadeUnderTest,
} from '../kit/facade-under-test.js';
import { RawClient, rawRequest } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

const ROWS: readonly RowUnderTest[] = [
  { id: 'legacy', match: '* /legacy', access: 'operator' },
  { id: 'engine', match: '* /engine', stage: 'engine', access: 'operator' },
  { id: 'shadow', match: '* /shadow', stage: 'shadow', access: 'operator' },
  { id: 'verify', match: '* /verify', stage: 'verify', access: 'operator' },
  { id: 'canary', match: '* /canary', stage: 'canary', canary: { percent: 50, by: 'address' }, access: 'operator' },
  { id: 'open', match: '* /open' },
];
const NOBODY = { url: 'http://127.0.0.1:1' };
const head = (method: string, path: string, more = '') => `${method} ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;

describe('a caller is judged', () => {
  let legacy: Upstream;
  let engine: Upstream;
  let facade: FacadeUnderTest;
  let verdict: () => Promise<AccessVerdict>;
  let judged: string[];
  let accompanied: number;
  const shadowing = () => ({
    ...NO_SHADOWING,
    accompany: () => {
      accompanied += 1;
      return undefined;
    },
  });
  const access: AccessJudge = {
    judge: (demand, { authorization }) => {
      judged.push(`${demand} ${authorization}`);
      return verdict();
    },
  };

  before(async () => {
    legacy = await startUpstream(json({ from: 'legacy' }));
    engine = await startUpstream(json({ from: 'engine' }));
  });
  after(async () => {
    await Promise.all([legacy.close(), engine.close()]);
  });
  beforeEach(() => {
    judged = [];
    accompanied = 0;
    legacy.seen.length = 0;
    engine.seen.length = 0;
  });
  afterEach(() => facade.close());
  const start = async (engineAt: { url: string } = { url: engine.origin }) => {
    facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: engineAt, rows: ROWS, access, shadowing });
  };

  for (const [outcome, status] of [['denied', 403] as const, ['unavailable', 503] as const]) {
    it(`and when ${outcome}, no side hears of it at any stage, read or write`, async () => {
      verdict = async () => ({ outcome, why: 'a test' });
      await start();
      for (const { match } of ROWS.slice(0, -1))
        for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
          const length = method === 'POST' ? 'Content-Length: 2\r\n' : '';
          const request = head(method, match.slice(2), length) + (length === '' ? '' : '{}');
          assert.equal((await rawRequest(facade.port, request)).status, status, `${method} ${match}`);
        }
      assert.equal(legacy.seen.length + engine.seen.length, 0);
      assert.equal(facade.recorded.fellBack.length, 0);
      assert.equal(accompanied, 0);
      assert.ok(facade.recorded.finished.every(({ answeredBy }) => answeredBy === 'facade'));
      assert.ok(facade.recorded.judged.includes(`shadow ${outcome}`));
    });
  }

  it('before the fallback too', async () => {
    verdict = async () => ({ outcome: 'denied', why: 'a test' });
    await start(NOBODY);
    assert.equal((await rawRequest(facade.port, head('GET', '/engine'))).status, 403);
    assert.equal(legacy.seen.length, 0);
    verdict = async () => ({ outcome: 'allowed', why: 'a test' });
    assert.equal((await rawRequest(facade.port, head('GET', '/engine'))).status, 200);
    assert.equal(legacy.seen.length, 1);
  });

  it('once, and let in with all that he sent', async () => {
    verdict = async () => ({ outcome: 'allowed', why: 'a test' });
    await start();
    const request = `${head('POST', '/legacy', 'Authorization: Bearer x\r\nContent-Length: 7\r\n')}{"a":1}`;
    assert.equal((await rawRequest(facade.port, request)).status, 200);
    assert.deepEqual(judged, ['operator Bearer x']);
    assert.equal(legacy.seen[0]?.body.toString(), '{"a":1}');
  });

  it('by no row that is public', async () => {
    verdict = () => Promise.reject(new Error('never asked'));
    await start();
    assert.equal((await rawRequest(facade.port, head('GET', '/open'))).status, 200);
    assert.deepEqual(judged, []);
  });

  it('and when he has left meanwhile, nothing is sent for him', async () => {
    let asked: () => void = () => undefined;
    let answer: (verdict: AccessVerdict) => void = () => undefined;
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    verdict = () =>
      new Promise((resolve) => {
        answer = resolve;
        asked();
      });
    await start();
    const client = await RawClient.connect(facade.port);
    client.send(head('DELETE', '/legacy'));
    await wasAsked;
    client.socket.destroy();
    await once(client.socket, 'close');
    // Two answers later the facade has seen the end of that connection, which came before them.
    for (let round = 0; round < 2; round += 1) await rawRequest(facade.port, head('GET', '/open'));
    legacy.seen.length = 0;
    facade.recorded.finished.length = 0;
    answer({ outcome: 'allowed', why: 'a test' });
    while (facade.recorded.finished.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(facade.recorded.finished[0]?.status, 499);
    assert.equal(legacy.seen.length, 0);
  });

  it('and a fault in that is told as one, and opens nothing', async () => {
    verdict = () => Promise.reject(new TypeError('a bug'));
    await start();
    assert.equal((await rawRequest(facade.port, head('GET', '/legacy'))).status, 500);
    assert.equal(legacy.seen.length, 0);
  });
});
