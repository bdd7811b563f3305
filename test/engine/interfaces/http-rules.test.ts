/** What every answer of the engine obeys: methods, origins, trust in forwarded headers, odd requests. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { request } from 'undici';
import { EngineError } from '../../../src/engine/domain/engine-error.js';
import { corsHeaders } from '../../../src/engine/interfaces/http/cors.js';
import { ERROR_STATUS, errorAnswer } from '../../../src/engine/interfaces/http/error-answer.js';
import { isLoopback, peerFacts } from '../../../src/engine/interfaces/http/proxy-trust.js';
import { LEGACY_ROUTES } from '../../../src/legacy-bridge/legacy-routes.js';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';

/** Served, and asking for a token. */
const DEVICE_ROUTES: ReadonlySet<string> = new Set([
  'agent-script-request',
  'agent-heartbeat',
  'agent-details',
  'agent-checkin',
  'agent-service-account-rotate',
]);
/** Served, and asking who the operator is. */
const OPERATOR_ROUTES: ReadonlySet<string> = new Set([
  'auth-me',
  'auth-mfa-verify',
  'enrollment-codes',
  'enrollment-code',
  'device-approvals',
  'device-approval-approve',
  'device-approval-deny',
]);

describe('engine: rules of HTTP', () => {
  let engine: EngineProcess;
  before(async () => {
    engine = await startEngineProcess({ env: { BOREALIS_CORS_ORIGINS: 'https://b.example,https://a.example' } });
  });
  after(() => engine.stop());

  const raw = async (text: string): Promise<string> => {
    const { port, hostname } = new URL(engine.address);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.write(text);
    await once(socket, 'close');
    return answer;
  };

  it('no route of the legacy is answered with 401 before the engine serves it', async () => {
    for (const { methods, rule, id } of LEGACY_ROUTES) {
      const path = rule
        .replace(/:\w+\(int\)/g, '1')
        .replace(/:\w+\(path\)/g, 'x')
        .replace(/:\w+/g, 'x');
      for (const method of methods) {
        const answer = await request(`${engine.address}${path}`, {
          method: method as 'GET',
          headers: { authorization: 'Bearer x' },
        });
        const text = await answer.body.text();
        const expected = DEVICE_ROUTES.has(id) || OPERATOR_ROUTES.has(id) ? [401] : [200, 400, 404, 501];
        assert.ok(expected.includes(answer.statusCode), `${id}: ${answer.statusCode}`);
        if (answer.statusCode === 501) assert.equal((JSON.parse(text) as { error: string }).error, 'not_implemented');
      }
    }
  });

  it('methods that Node does not know are 405 with the methods of the path', async () => {
    const answer = await raw('FROB /health?x=1 HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    assert.match(answer, /\r\nallow: GET, HEAD, OPTIONS\r\n/);
    assert.match(answer, /<title>405 Method Not Allowed<\/title>/);
  });

  it('requests that are none are 400, and heads that are too large 431', async () => {
    assert.match(await raw('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 Bad Request\r\n.*\{"error":"bad_request"\}\n$/s);
    assert.match(
      await raw('GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'),
      /^HTTP\/1\.1 400 /,
    );
    assert.match(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  });

  it('a body that no route read is not taken for the next request', async () => {
    const smuggled = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await raw(
      `POST /api/nope HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length + 10_000}\r\n\r\n${smuggled}`,
    );
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1);
    assert.match(answer, /^HTTP\/1\.1 405 /);
  });

  it('a doubled slash is redirected for writes alone, to the address that the client used', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'rmm.example' };
    const answer = await request(`${engine.address}/api/agent//heartbeat?a=1`, { method: 'POST', headers });
    assert.deepEqual(
      [answer.statusCode, answer.headers.location],
      [308, 'https://rmm.example/api/agent/heartbeat?a=1'],
    );
    await answer.body.dump();
  });

  it('only listed origins get CORS headers, and the first of them stands for none', async () => {
    const origin = async (value?: string) => {
      const answer = await request(
        `${engine.address}/health`,
        value === undefined ? {} : { headers: { origin: value } },
      );
      await answer.body.dump();
      return [answer.headers['access-control-allow-origin'], answer.headers.vary];
    };
    assert.deepEqual(await origin('https://A.example'), ['https://A.example', 'Origin']);
    assert.deepEqual(await origin('https://evil.example'), [undefined, undefined]);
    assert.deepEqual(await origin(), ['https://a.example', 'Origin']);
  });
});

describe('CORS for any origin', () => {
  it('echoes it with credentials, sorts asked headers, knows methods in any case', () => {
    const any = ['*'];
    assert.deepEqual(corsHeaders('GET', {}, any), {});
    assert.deepEqual(corsHeaders('GET', { origin: '*' }, any), {
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
    });
    const asked = {
      origin: 'null',
      'access-control-request-method': 'patch',
      'access-control-request-headers': 'b,A , a',
    };
    assert.deepEqual(corsHeaders('OPTIONS', asked, any), {
      'access-control-allow-origin': 'null',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
      'access-control-allow-methods': 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
      'access-control-allow-headers': 'A, a, b',
    });
  });
});

describe('trust in forwarded headers', () => {
  const forwarded = {
    host: 'inner:5000',
    'x-forwarded-for': '1.1.1.1, 2.2.2.2',
    'x-forwarded-proto': 'http, https',
    'x-forwarded-host': 'evil.example, rmm.example:443',
  };
  const facts = (remoteAddress: string | undefined, headers: Record<string, string> = forwarded, overSocket = false) =>
    peerFacts({ headers, remoteAddress, overSocket, encrypted: false });

  it('is for the facade, and for what it wrote itself', () => {
    // Of addresses the first: the facade writes the header anew. Of the others the last, which the nearest proxy wrote.
    const trusted = { address: '1.1.1.1', scheme: 'https', host: 'rmm.example' };
    assert.deepEqual(facts('127.0.0.1'), trusted);
    assert.deepEqual(facts('::ffff:127.0.0.1'), trusted);
    assert.deepEqual(facts(undefined, forwarded, true), trusted);
  });

  it('is not for anyone else', () => {
    assert.deepEqual(facts('10.0.0.9'), { address: '10.0.0.9', scheme: 'http', host: 'inner:5000' });
    assert.deepEqual(facts(undefined, { host: 'x' }, true), { address: 'unknown', scheme: 'http', host: 'x' });
  });

  it('takes a websocket scheme for the page scheme', () => {
    assert.equal(facts('::1', { host: 'x', 'x-forwarded-proto': 'wss' }).scheme, 'https');
    assert.equal(isLoopback('127.0.0.1.evil'), false);
  });
});

describe('errors as answers', () => {
  it('never turn what the engine can not know into a 401', () => {
    for (const code of ['database_busy', 'database_unavailable', 'keys_unavailable', 'dpop_unavailable'] as const)
      assert.equal(ERROR_STATUS[code], 503, code);
  });

  it('tell nothing of a fault but that there is one', () => {
    const { status, body } = errorAnswer(new Error('SELECT secret'));
    assert.deepEqual([status, String(body)], [500, '{"error":"internal_error"}\n']);
    const known = errorAnswer(new EngineError('database_busy', { cause: new Error('SELECT secret') }));
    assert.deepEqual(
      [known.status, known.headers['retry-after'], String(known.body)],
      [503, '1', '{"error":"database_busy"}\n'],
    );
  });
});
