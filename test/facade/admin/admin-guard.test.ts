import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseForeign } from '../../../src/facade/admin/admin-guard.js';
import { type AdminFixture, METRICS_TOKEN, startAdmin, TOKEN } from './admin-fixture.js';

describe('The guard of the admin API', () => {
  let admin: AdminFixture;
  before(async () => {
    admin = await startAdmin();
  });
  after(() => admin.close());

  /** Sends exactly these headers, `Host` included. */
  const send = (
    path: string,
    headers: Record<string, string>,
    method = 'GET',
  ): Promise<{ status: number; error: string; text: string }> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(admin.url) as unknown as AddressInfo;
      const req = request({ host: '127.0.0.1', port, path, method, headers, setHost: false }, (res) => {
        const parts: Buffer[] = [];
        res.on('data', (part: Buffer) => parts.push(part));
        res.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: res.statusCode ?? 0, text, error: text.startsWith('{') ? JSON.parse(text).error : '' });
        });
      });
      req.on('error', reject).end();
    });
  const authorization = `Bearer ${TOKEN}`;

  it('refuses everything but health and the files of its page without the token, unknown paths too', async () => {
    for (const path of [
      '/status',
      '/routes',
      '/metrics',
      '/openapi.json',
      '/nope',
      '/page',
      '/health',
      '/health/live/x',
    ])
      assert.deepEqual(
        await admin
          .call('GET', path, { headers: { authorization: '' } })
          .then(({ status, body }) => [status, body.error]),
        [401, 'token_required'],
        path,
      );
    const wrong = await admin.call('POST', '/flip', { body: {}, headers: { authorization: `Bearer ${TOKEN}x` } });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.headers.get('www-authenticate'), 'Bearer realm="facade admin"');
  });

  it('takes the token for metrics for metrics alone', async () => {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    assert.equal((await send('/metrics', { host: 'localhost', ...headers })).status, 200);
    assert.equal((await send('/metrics', { host: 'localhost', ...headers }, 'HEAD')).status, 200);
    for (const path of ['/status', '/routes', '/metrics/', '/Metrics', '/pair-export', '/audit', '/openapi.json'])
      assert.equal((await send(path, { host: 'localhost', ...headers })).status, 401, path);
    const flip = await admin.call('POST', '/flip', { body: { target: 'health', stage: 'engine', why: 'x' }, headers });
    assert.deepEqual([flip.status, flip.body.error], [401, 'token_required']);
  });

  it('takes the token from the header only', async () => {
    const answer = await admin.call('GET', `/status?token=${TOKEN}`, {
      headers: { authorization: '', cookie: `token=${TOKEN}` },
    });
    assert.equal(answer.status, 401);
  });

  it('answers health without a token, and tells nothing else', async () => {
    const live = await send('/health/live', { host: 'localhost' });
    assert.deepEqual([live.status, live.text], [200, '{"status":"live"}']);
    admin.state.ready = false;
    const ready = await send('/health/ready', { host: '127.0.0.1' });
    admin.state.ready = true;
    assert.deepEqual([ready.status, ready.text], [503, '{"status":"not_ready"}']);
  });

  it('refuses names that could be rebound to its address', async () => {
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      'evil.example:9090',
      '127.0.0.1.evil.example',
      'user@127.0.0.1',
      '',
    ])
      assert.equal((await send('/health/live', { host, authorization })).error, 'host_refused', host);
    for (const host of ['127.0.0.1', '127.0.0.1:1234', 'localhost:9090', 'LOCALHOST', '[::1]:9090', '10.1.2.3'])
      assert.equal((await send('/status', { host, authorization })).status, 200, host);
  });

  it('takes other names when it was opened to the network', () => {
    const options = { matchesToken: () => true };
    assert.doesNotThrow(() => refuseForeign({ host: 'facade.lan:9090' }, { host: '0.0.0.0', ...options }));
    assert.doesNotThrow(() => refuseForeign({ host: 'facade.lan' }, { host: 'facade.lan', ...options }));
    assert.throws(() => refuseForeign({ host: 'facade.lan' }, { host: '127.0.0.1', ...options }), {
      code: 'host_refused',
    });
    assert.throws(() => refuseForeign({}, { host: '0.0.0.0', ...options }), { code: 'host_refused' });
  });

  it("refuses other sites' pages, even with the token, and offers them no CORS", async () => {
    const host = new URL(admin.url).host;
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://${host}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await send('/status', { host, authorization, ...(headers as Record<string, string>) });
      assert.deepEqual([answer.status, answer.error], [403, 'cross_site_refused'], JSON.stringify(headers));
    }
    const preflight = await admin.call('OPTIONS', '/flip', { headers: { origin: 'https://evil.example' } });
    assert.equal(preflight.status, 403);
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
    const own = await send('/status', {
      host,
      authorization,
      origin: `http://${host}`,
      'sec-fetch-site': 'same-origin',
    });
    assert.equal(own.status, 200);
  });

  it('refuses bodies that a form could send', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await admin.call('POST', '/flip', {
        body: { target: 'health' },
        headers: { 'content-type': type },
      });
      assert.deepEqual([answer.status, answer.body.error], [415, 'content_type_refused'], type);
    }
    assert.equal((await admin.call('POST', '/flip')).status, 415);
  });

  it('sets no cookie and forbids caching', async () => {
    const answer = await admin.call('GET', '/status');
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('x-powered-by'), null);
  });
});
