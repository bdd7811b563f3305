import assert from 'node:assert/strict';
import { type FacadeUnderTest, type RowUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

const ROWS: readonly RowUnderTest[] = [
  { id: 'row', match: '* /row', stage: 'engine' },
  { id: 'strict', match: '* /strict', stage: 'engine', fallback: 'none' },
  { id: 'retired', match: '* /retired', stage: 'retired' },
  { id: 'slow', match: 'GET /slow', stage: 'engine', timeoutMs: 300 },
];
const NOBODY = { url: 'http://127.0.0.1:1' };
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const post = (path: string, body = '{"a":1}'): string =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('the legacy answers in the place of an engine', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(json({ from: 'legacy' }));
  });

  after(() => legacy.close());

  afterEach(() => facade.close());

  const ask = async (request: string): Promise<[number, string]> => {
    const { status, body } = await rawRequest(facade.port, request);
    const { from, error } = JSON.parse(body.toString()) as Record<string, string>;
    return [status, from ?? error ?? ''];
  };

  it('that is not there, for reads and for writes with their bodies', async () => {
    facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: NOBODY, rows: ROWS });
    assert.deepEqual(await ask(get('/row')), [200, 'legacy']);
    assert.deepEqual(await ask(post('/row')), [200, 'legacy']);
    assert.equal(legacy.seen.at(-1)?.body.toString(), '{"a":1}');
    assert.deepEqual(facade.recorded.fellBack, ['engine_connect_failed', 'engine_connect_failed']);
    assert.deepEqual(facade.recorded.failed, ['engine_connect_failed', 'engine_connect_failed']);
    assert.deepEqual(
      facade.recorded.finished.map(({ answeredBy }) => answeredBy),
      ['legacy', 'legacy'],
    );
  });

  it('which counts for nothing that the engine has served; what it answers itself does', async () => {
    const engine = await startUpstream(json({ from: 'engine' }));
    facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: { url: engine.origin }, rows: ROWS });
    assert.deepEqual(await ask(get('/row')), [200, 'engine']);
    assert.deepEqual(await ask(get('/else')), [200, 'legacy']);
    await engine.close();
    assert.deepEqual(await ask(get('/row')), [200, 'legacy']);
    assert.deepEqual(facade.recorded.served, ['row 200 engine']);
  });

  it('that is switched off', async () => {
    facade = await startFacadeUnderTest({ legacy: legacy.origin, rows: ROWS });
    assert.deepEqual(await ask(post('/row')), [200, 'legacy']);
    assert.deepEqual(facade.recorded.fellBack, ['engine_unavailable']);
  });

  it('but not on a row without fallback, nor on a retired one', async () => {
    facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: NOBODY, rows: ROWS });
    const known = legacy.seen.length;
    for (const path of ['/strict', '/retired']) {
      const answer = await rawRequest(facade.port, get(path));
      assert.equal(answer.status, 503);
      assert.deepEqual(valuesOf(answer.headers, 'retry-after'), ['5']);
      assert.equal(JSON.parse(answer.body.toString()).error, 'engine_connect_failed');
    }
    assert.equal(legacy.seen.length, known);
  });

  it('that breaks before it answers, for reads only', async () => {
    const engine = await startUpstream((_request, socket) => {
      socket.destroy();
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: { url: engine.origin }, rows: ROWS });
    assert.deepEqual(await ask(get('/row')), [200, 'legacy']);
    const known = legacy.seen.length;
    assert.deepEqual(await ask(post('/row')), [502, 'engine_closed_early']);
    assert.deepEqual(await ask('DELETE /row HTTP/1.1\r\nHost: h\r\n\r\n'), [502, 'engine_closed_early']);
    assert.equal(legacy.seen.length, known, 'a write that may have been executed is not sent again');
    await engine.close();
  });

  it('that does not answer in time, or answers what is no HTTP, for reads only', async () => {
    const engine = await startUpstream(({ line }, socket) => {
      if (!line.includes('/slow')) socket.write('SSH-2.0-OpenSSH\r\n\r\n');
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: { url: engine.origin }, rows: ROWS });
    assert.deepEqual(await ask(get('/slow')), [200, 'legacy']);
    assert.deepEqual(await ask(get('/row')), [200, 'legacy']);
    const [status, code] = await ask(post('/row'));
    assert.equal(status, 502);
    // undici may report the connection that it broke before it reports why.
    const broken = /^engine_(bad_answer|closed_early)$/;
    assert.match(String(code), broken);
    assert.equal(facade.recorded.fellBack[0], 'engine_head_timeout');
    assert.match(facade.recorded.fellBack[1] ?? '', broken);
    await engine.close();
  });

  it('but never after a byte of the engine was answered, nor for an answer of any status', async () => {
    const engine = await startUpstream(({ line }, socket) => {
      if (line.includes('/row')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      else socket.write(json({ from: 'engine' }, '500 Internal Server Error'));
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: { url: engine.origin }, rows: ROWS });
    await assert.rejects(rawRequest(facade.port, get('/row')), /connection ended/);
    assert.deepEqual(await ask(get('/slow')), [500, 'engine']);
    assert.deepEqual(facade.recorded.fellBack, []);
    await engine.close();
  });

  it('without asking the engine while its breaker is open', async () => {
    let fail = true;
    const engine = await startUpstream((_request, socket) => {
      if (fail) socket.destroy();
      else socket.write(json({ from: 'engine' }));
    });
    const breaker = { failures: 3, openMs: 200 };
    facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: { url: engine.origin }, rows: ROWS, breaker });
    for (let at = 0; at < 3; at += 1) await ask(get('/row'));
    const asked = engine.seen.length;
    assert.deepEqual(await ask(post('/row')), [200, 'legacy'], 'even a write, for the engine was not asked');
    assert.equal(engine.seen.length, asked);
    for (let at = 0; at < 3; at += 1) await ask(get('/strict'));
    assert.deepEqual(await ask(get('/strict')), [503, 'engine_breaker_open']);
    fail = false;
    await new Promise((resolve) => setTimeout(resolve, 250)); // The time for which the breaker stays open.
    assert.deepEqual(await ask(get('/row')), [200, 'engine']);
    assert.deepEqual(
      facade.recorded.breakers.filter((change) => change.startsWith('row ')),
      ['row open', 'row half-open', 'row closed'],
    );
    await engine.close();
  });
});

describe('a legacy that is not there', () => {
  it('is told by 503 with Retry-After, and never by a status that costs an agent its tokens', async () => {
    const facade = await startFacadeUnderTest({ legacy: NOBODY.url });
    const answer = await rawRequest(facade.port, post('/api/agent/heartbeat'));
    assert.equal(answer.status, 503);
    assert.deepEqual(valuesOf(answer.headers, 'retry-after'), ['5']);
    assert.deepEqual(valuesOf(answer.headers, 'content-type'), ['application/json']);
    assert.equal(JSON.parse(answer.body.toString()).error, 'legacy_connect_failed');
    await facade.close();
  });
});
