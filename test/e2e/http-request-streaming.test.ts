import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('a request body', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;
  const heads: string[] = [];
  let headSeen: () => void = () => undefined;

  before(async () => {
    legacy = await startUpstream(json({ ok: true }), {
      onHead: ({ line }) => {
        heads.push(line);
        headSeen();
      },
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('is passed on while it comes, with its length, and never chunked when the client did not chunk', async () => {
    const client = await RawClient.connect(facade.port);
    const seen = new Promise<void>((resolve) => {
      headSeen = resolve;
    });
    client.send('POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234');
    await seen;
    assert.equal(legacy.seen.length, 0, 'the side has the head while half of the body is missing');
    client.send('56789');
    assert.equal((await client.answer()).status, 200);
    const request = legacy.seen.at(-1);
    assert.deepEqual(valuesOf(request?.headers ?? [], 'content-length'), ['10']);
    assert.deepEqual(valuesOf(request?.headers ?? [], 'transfer-encoding'), []);
    assert.equal(request?.body.toString(), '0123456789');
    client.close();
  });

  it('is chunked on both ways when the client chunks it', async () => {
    const client = await RawClient.connect(facade.port);
    client.send(
      'PUT /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n',
    );
    assert.equal((await client.answer()).status, 200);
    const request = legacy.seen.at(-1);
    assert.deepEqual(valuesOf(request?.headers ?? [], 'transfer-encoding'), ['chunked']);
    assert.equal(request?.body.toString(), 'abcdefg');
    client.close();
  });

  it('of length 0 keeps that length', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n');
    assert.equal((await client.answer()).status, 200);
    assert.deepEqual(valuesOf(legacy.seen.at(-1)?.headers ?? [], 'content-length'), ['0']);
    client.close();
  });

  for (const method of ['DELETE', 'OPTIONS', 'GET', 'PATCH', 'FROB'])
    for (const framing of ['Content-Length: 39', 'Transfer-Encoding: chunked'])
      it(`of ${method} with ${framing} arrives as a body, not as the next request`, async () => {
        const hidden = 'GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n.';
        const body = framing.startsWith('T') ? `27\r\n${hidden}\r\n0\r\n\r\n` : hidden;
        const known = heads.length;
        const client = await RawClient.connect(facade.port);
        // FROB is not among the methods that Node's parser knows.
        client.send(`${method} /body HTTP/1.1\r\nHost: h\r\n${framing}\r\n\r\n${body}`);
        const answer = await client.answer();
        client.close();
        if (method === 'FROB') {
          assert.equal(answer.status, 400);
          return;
        }
        assert.equal(answer.status, 200);
        assert.equal(legacy.seen.at(-1)?.body.toString(), hidden);
        assert.deepEqual(heads.slice(known), [`${method} /body HTTP/1.1`]);
      });
});
