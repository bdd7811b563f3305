import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient } from '../kit/raw-http.js';
import { startUpstream, type Upstream } from '../kit/upstream.js';

const HEADS: Record<string, string> = {
  length: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome of it',
  chunks: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nsome of it\r\n',
  close: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsome of it',
};

describe('a side that dies within its answer', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(({ line }, socket) => {
      const [, kind = '', how = ''] = line.split(/[/ ]+/).slice(0, 3);
      socket.write(HEADS[kind] ?? '', () =>
        setTimeout(() => (how === 'reset' ? socket.resetAndDestroy() : socket.end()), 50),
      );
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  for (const version of ['1.1', '1.0'])
    for (const [kind, how] of [
      ['length', 'end'],
      ['length', 'reset'],
      ['chunks', 'end'],
      ['chunks', 'reset'],
      ['close', 'reset'],
    ])
      it(`(framing: ${kind}, by ${how}) gives an HTTP/${version} client no answer that looks whole`, async () => {
        const client = await RawClient.connect(facade.port);
        let reset = false;
        client.socket.on('error', () => {
          reset = true;
        });
        client.send(`GET /${kind}/${how} HTTP/${version}\r\nHost: h\r\n\r\n`);
        const text = await client.ended();
        assert.ok(!text.includes('\r\n0\r\n\r\n'), 'no last chunk');
        assert.ok(!text.includes('HTTP/1.1 502'), 'no second answer');
        const shorterThanSaid = text.includes('Content-Length: 1000');
        const chunked = text.includes('Transfer-Encoding: chunked');
        assert.ok(reset || shorterThanSaid || chunked, `looks whole: ${text}`);
        assert.equal(facade.recorded.failed.at(-1), 'legacy_answer_cut');
      });

  it('(framing: close, by end) has ended its answer', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('GET /close/end HTTP/1.1\r\nHost: h\r\n\r\n');
    const answer = await client.answer();
    assert.equal(answer.body.toString(), 'some of it');
    client.close();
  });
});
