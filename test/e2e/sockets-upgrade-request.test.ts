import assert from 'node:assert/strict';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { handshake, openTcpClient, SWITCHING, startTcpSide, type TcpSide } from '../kit/ws-client-upstream.js';

describe('what a side gets of an upgrade', () => {
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

  async function seenBySide(extra: readonly string[], target?: string): Promise<string[]> {
    const before = side.heads.length;
    const client = await openTcpClient(facade.port, handshake(extra, target));
    await client.received('\r\n\r\n');
    assert.match(client.text(), /^HTTP\/1\.1 101 /);
    client.socket.destroy();
    return (side.heads[before] ?? '').trimEnd().split('\r\n');
  }

  it('is the target byte for byte', async () => {
    const target = '/socket.io/?b=%2F%2f//&&EIO=4&transport=websocket&t=A+b?c&x=%E2%9C%93&=';
    assert.equal((await seenBySide([], target))[0], `GET ${target} HTTP/1.1`);
  });

  it('is a path whose double slash is kept', async () => {
    const target = '/socket.io//?EIO=4';
    assert.equal((await seenBySide([], target))[0], `GET ${target} HTTP/1.1`);
  });

  it('are the headers of an agent, spelled and repeated as sent, and nothing of a browser', async () => {
    const lines = await seenBySide([
      'User-Agent: Python/3.11 aiohttp/3.8.4',
      'authorization: Bearer expired.long.ago',
      'X-Borealis-Agent-Context: SYSTEM',
      'X-MiXed: 1',
      'X-MiXed: 2',
      'Accept-Encoding: gzip, deflate',
    ]);
    for (const line of [
      'Host: facade.example:5000',
      'User-Agent: Python/3.11 aiohttp/3.8.4',
      'authorization: Bearer expired.long.ago',
      'X-Borealis-Agent-Context: SYSTEM',
      'X-MiXed: 1',
      'X-MiXed: 2',
      'Accept-Encoding: gzip, deflate',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ])
      assert.equal(lines.filter((seen) => seen === line).length, 1, line);
    assert.equal(
      lines.filter((line) => /^(origin|cookie|te|trailer|transfer-encoding|content-length):/i.test(line)).length,
      0,
    );
    assert.deepEqual(lines.filter((line) => /^(connection|upgrade|host):/i.test(line)).sort(), [
      'Connection: Upgrade',
      'Host: facade.example:5000',
      'Upgrade: websocket',
    ]);
  });

  it('are the forwarded headers of the facade, whatever the client claims', async () => {
    const lines = await seenBySide([
      'X-Forwarded-For: 1.2.3.4',
      'X-Forwarded-Proto: wss',
      'X-Forwarded-Host: evil.example',
      'Forwarded: for=1.2.3.4',
      'X-Facade-Anything: 1',
    ]);
    assert.deepEqual(lines.filter((line) => /^(x-f|forwarded)/i.test(line)).sort(), [
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: facade.example:5000',
      'X-Forwarded-Proto: http',
    ]);
  });

  it('is without what Connection lists and without what would end the process', async () => {
    const lines = await seenBySide(['Trailer: X', 'TE: trailers', 'Keep-Alive: timeout=5', 'Proxy-Connection: x']);
    assert.equal(lines.filter((line) => /^(trailer|te|keep-alive|proxy-connection):/i.test(line)).length, 0);
    const listed = handshake(['X-Listed: 1']).replace(
      'Connection: Upgrade',
      'Connection: keep-alive, Upgrade, X-Listed',
    );
    const before = side.heads.length;
    const client = await openTcpClient(facade.port, listed);
    await client.received('101');
    client.socket.destroy();
    assert.doesNotMatch(side.heads[before] ?? '', /x-listed/i);
  });

  it('a header name that is a property of every object is only a header', async () => {
    const lines = await seenBySide(['__proto__: 1', '__proto__: 2', 'constructor: 3']);
    assert.deepEqual(
      lines.filter((line) => /^(__proto__|constructor)/.test(line)),
      ['__proto__: 1', '__proto__: 2', 'constructor: 3'],
    );
  });

  it('bytes that come with the handshake reach the side after the 101', async () => {
    let got = '';
    const early = await startTcpSide((socket) => {
      socket.write(SWITCHING);
      socket.on('data', (chunk) => {
        got += chunk.toString();
        socket.end('done');
      });
    });
    const other = await startSocketFacade({ legacy: { url: early.url } });
    const client = await openTcpClient(other.port, `${handshake()}early bytes`);
    await client.received('done');
    assert.equal(got, 'early bytes');
    await other.close();
    await early.close();
  });
});
