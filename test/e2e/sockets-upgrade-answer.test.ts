import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { handshake, openTcpClient, SWITCHING, startTcpSide, type TcpSide } from '../kit/ws-client-upstream.js';

describe('what a client gets of the answer to an upgrade', () => {
  let answer: (socket: Socket) => void;
  let side: TcpSide;
  let facade: SocketFacade;
  before(async () => {
    side = await startTcpSide((socket) => answer(socket));
    facade = await startSocketFacade({
      legacy: { url: side.url },
      sockets: { limits: { handshakeMs: 300, lingerMs: 200 } },
    });
  });
  after(async () => {
    await facade.close();
    await side.close();
  });

  async function answered(): Promise<{ text: string; reset: boolean }> {
    return (await openTcpClient(facade.port, handshake())).ended;
  }

  it('is a 101 with the headers of the side, spelled and repeated as sent', async () => {
    answer = (socket) => {
      socket.write(
        SWITCHING.replace('\r\n\r\n', '\r\nX-OddCase: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nfirst'),
      );
      socket.end();
    };
    const { text } = await answered();
    assert.match(text, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    for (const line of [
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: x',
      'X-OddCase: 1',
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
    ])
      assert.equal(text.split('\r\n').filter((seen) => seen === line).length, 1, line);
    assert.ok(text.endsWith('\r\n\r\nfirst'));
  });

  it('is a refusal with a length as the side gave it, and the connection is closed', async () => {
    answer = (socket) =>
      socket.end('HTTP/1.1 400 BAD REQUEST\r\nContent-Length: 5\r\nX-Why: z\r\nConnection: keep-alive\r\n\r\n"bad"');
    const { text } = await answered();
    assert.equal(text, 'HTTP/1.1 400 BAD REQUEST\r\nContent-Length: 5\r\nX-Why: z\r\nConnection: close\r\n\r\n"bad"');
  });

  it('is a chunked refusal without the chunked framing', async () => {
    answer = (socket) =>
      socket.end('HTTP/1.1 429 Slow\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
    const { text, reset } = await answered();
    assert.equal(text, 'HTTP/1.1 429 Slow\r\nConnection: close\r\n\r\nabcde');
    assert.equal(reset, false);
  });

  it('is a reset when the side breaks off within a refusal', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nhalf');
      setImmediate(() => socket.destroy());
    };
    const { text } = await answered();
    assert.doesNotMatch(text, /101/);
    assert.ok(text.length < 150);
  });

  const failures: { name: string; code: string; status: number; answer: (socket: Socket) => void }[] = [
    { name: 'closes before it answers', code: 'legacy_closed_early', status: 502, answer: (socket) => socket.end() },
    {
      name: 'resets before it answers',
      code: 'legacy_closed_early',
      status: 502,
      answer: (socket) => socket.resetAndDestroy(),
    },
    { name: 'never answers', code: 'legacy_head_timeout', status: 504, answer: () => {} },
    {
      name: 'answers with nonsense',
      code: 'legacy_bad_answer',
      status: 502,
      answer: (socket) => socket.write('nonsense\r\n\r\n'),
    },
  ];
  for (const failure of failures) {
    it(`is ${failure.status} ${failure.code} when the side ${failure.name}`, async () => {
      answer = failure.answer;
      const { text } = await answered();
      const [head = '', body = ''] = text.split('\r\n\r\n');
      assert.ok(head.startsWith(`HTTP/1.1 ${failure.status} `), text);
      assert.match(head, /\r\nConnection: close/);
      const { error, requestId } = JSON.parse(body) as { error: string; requestId: string };
      assert.equal(error, failure.code);
      assert.match(requestId, /^[0-9a-f-]{36}$/);
      assert.ok(facade.counted.includes(`failed sockets legacy ${failure.code}`));
    });
  }
});
