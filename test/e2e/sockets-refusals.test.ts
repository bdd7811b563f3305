import assert from 'node:assert/strict';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { handshake, openTcpClient, SWITCHING, startTcpSide, type TcpSide } from '../kit/ws-client-upstream.js';

describe('upgrades that the facade refuses', () => {
  let side: TcpSide;
  let facade: SocketFacade;
  before(async () => {
    side = await startTcpSide((socket) => socket.write(SWITCHING));
    facade = await startSocketFacade({ legacy: { url: side.url } });
  });
  after(async () => {
    await facade.close();
    await side.close();
  });

  async function answerTo(
    request: string,
    port = facade.port,
  ): Promise<{ status: number; error: string; head: string }> {
    const client = await openTcpClient(port, request);
    const { text } = await client.ended;
    const [head = '', body = ''] = text.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), error: (JSON.parse(body) as { error: string }).error, head };
  }

  it('a method other than GET', async () => {
    const { status, error } = await answerTo(handshake().replace('GET', 'POST'));
    assert.deepEqual([status, error], [400, 'upgrade_invalid']);
  });

  it('a relay of the engine: pointed here instead of at the legacy it would hear itself', async () => {
    const before = side.heads.length;
    const { status, error } = await answerTo(handshake(['X-Borealis-Relay: 1']));
    assert.deepEqual([status, error, side.heads.length], [400, 'relay_refused', before]);
  });

  it('an announced body, which a side could read as the next request', async () => {
    for (const framing of ['Content-Length: 4', 'Transfer-Encoding: chunked']) {
      const before = side.heads.length;
      const { status } = await answerTo(`${handshake([framing])}GET / HTTP/1.1\r\n\r\n`);
      assert.ok(status === 400 || status === 426, String(status));
      assert.equal(side.heads.length, before);
    }
  });

  it('paths that lead out of /socket.io/ in some servers', async () => {
    for (const path of ['/socket.io/../api/x', '/socket.io/%2e%2e/api/x', '/socket.io/.%2E/x', '/socket.io/\\..\\x']) {
      const before = side.heads.length;
      const { status } = await answerTo(handshake([], path));
      assert.equal(status, 400, path);
      assert.equal(side.heads.length, before, path);
    }
  });

  it('a side that does not listen: 503, with a pause to keep', async () => {
    const gone = await startTcpSide(() => {});
    await gone.close();
    const alone = await startSocketFacade({ legacy: { url: gone.url } });
    const { status, error, head } = await answerTo(handshake(), alone.port);
    await alone.close();
    assert.deepEqual([status, error], [503, 'legacy_connect_failed']);
    assert.match(head, /\r\nRetry-After: 5/);
  });

  it('the engine at its stage while there is none: 503, and the legacy is not asked', async () => {
    const before = side.heads.length;
    facade.flip('engine');
    const { status, error } = await answerTo(handshake());
    facade.flip('legacy');
    assert.deepEqual([status, error], [503, 'engine_unavailable']);
    assert.equal(side.heads.length, before);
  });

  it('everything, once it is closing', async () => {
    const closing = await startSocketFacade({ legacy: { url: side.url } });
    const closed = closing.sockets.close();
    const { status, error, head } = await answerTo(handshake(), closing.port);
    assert.deepEqual([status, error], [503, 'facade_closing']);
    assert.match(head, /\r\nRetry-After: 5/);
    await closed;
    await closing.close();
  });
});
