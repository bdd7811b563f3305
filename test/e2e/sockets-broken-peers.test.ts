import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { handshake, openTcpClient, SWITCHING, startTcpSide, type TcpSide } from '../kit/ws-client-upstream.js';

describe('tunnels whose peers break', () => {
  let answer: (socket: Socket) => void;
  let polite: boolean;
  let side: TcpSide;
  let facade: SocketFacade;
  beforeEach(async () => {
    answer = (socket) => socket.write(SWITCHING);
    polite = true;
    side = await startTcpSide(
      (socket) => answer(socket),
      () => polite,
    );
    facade = await startSocketFacade({ legacy: { url: side.url }, sockets: { limits: { lingerMs: 150 } } });
  });
  afterEach(async () => {
    await facade.close();
    await side.close();
  });

  async function openTunnel(): Promise<{ client: Awaited<ReturnType<typeof openTcpClient>>; upstream: Socket }> {
    const client = await openTcpClient(facade.port, handshake());
    await client.received('\r\n\r\n');
    const [upstream] = [...side.open].slice(-1);
    assert.ok(upstream);
    return { client, upstream };
  }

  it('a client that resets before the upgrade completes costs nothing but its own connection', async () => {
    const asked = new Promise<Socket>((resolve) => {
      answer = resolve;
    });
    const client = await openTcpClient(facade.port, handshake());
    await asked;
    client.socket.resetAndDestroy();
    await side.idle();
    answer = (socket) => socket.write(SWITCHING);
    await openTunnel();
    assert.deepEqual(facade.sockets.registry.counts().legacy, { websocket: 1, polling: 0 });
  });

  it('clients that reset right after asking, many at once', async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => openTcpClient(facade.port, handshake())));
    for (const { socket } of clients) socket.resetAndDestroy();
    await side.idle();
    await openTunnel();
  });

  it('a client that resets a tunnel ends the connection to the side', async () => {
    const { client } = await openTunnel();
    client.socket.resetAndDestroy();
    await side.idle();
    await facade.told('closed legacy websocket client-closed');
  });

  it('what a client sends right before it ends still reaches the side', async () => {
    const { client, upstream } = await openTunnel();
    let got = '';
    upstream.on('data', (chunk) => {
      got += chunk.toString();
    });
    client.socket.end('last words');
    await once(upstream, 'end');
    assert.equal(got, 'last words');
  });

  it('what a side sends right before it ends still reaches the client', async () => {
    const { client, upstream } = await openTunnel();
    upstream.end('last words');
    const { text, reset } = await client.ended;
    assert.ok(text.endsWith('last words'));
    assert.equal(reset, false);
  });

  it('a side that resets a tunnel closes the client at the transport', async () => {
    const { client, upstream } = await openTunnel();
    upstream.resetAndDestroy();
    await client.ended;
    await side.idle();
  });

  it('a client that ends its half and is not answered is not waited for beyond the limit', async () => {
    polite = false;
    const { client } = await openTunnel();
    client.socket.end();
    await facade.told('closed legacy websocket client-closed');
    await client.ended;
  });

  it('a side that ends its half while the client does not is not waited for beyond the limit', async () => {
    const { client, upstream } = await openTunnel();
    client.socket.removeAllListeners('end');
    upstream.end();
    await facade.told('closed legacy websocket side-closed');
  });

  it('a tunnel that is closed here gives the client what the side had sent, though the client is sending too', async () => {
    polite = false;
    const { client, upstream } = await openTunnel();
    client.socket.pause();
    client.socket.write(Buffer.alloc(16 * 1024 * 1024));
    upstream.write('last words');
    const { registry } = facade.sockets;
    const [entry] = registry.list();
    while ((registry.list()[0]?.bytesDown ?? 0) < 'last words'.length) await new Promise(setImmediate);
    registry.close(entry?.id ?? 0, 'drained');
    client.socket.resume();
    const { text, reset } = await client.ended;
    assert.ok(text.endsWith('last words'));
    assert.equal(reset, false);
    await facade.told('closed legacy websocket drained');
  });

  it('a slow reader slows the side down instead of filling memory', async () => {
    const { client, upstream } = await openTunnel();
    client.socket.pause();
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    // Until the kernel's and the tunnel's buffers are full: two looks apart without progress.
    while (sent < 256 * 1024 * 1024) {
      const flushed = await new Promise<boolean>((resolve) => {
        const stuck = setTimeout(() => resolve(false), 500);
        upstream.write(chunk, () => {
          clearTimeout(stuck);
          resolve(true);
        });
      });
      if (!flushed) break;
      sent += chunk.length;
    }
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were taken from the side`);
    client.socket.destroy();
  });

  it('keeps no listener, timer or entry of a thousand that came and went', async () => {
    const survivor = await openTunnel();
    const listenersBefore = process.rawListeners('uncaughtException').length;
    for (let round = 0; round < 20; round += 1) {
      const clients = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const client = await openTcpClient(facade.port, handshake());
          await client.received('\r\n\r\n');
          if (index % 2 === 0) client.socket.end();
          else client.socket.resetAndDestroy();
          return client;
        }),
      );
      await Promise.all(clients.map(({ ended }) => ended));
    }
    await facade.told('closed legacy websocket', 1000);
    assert.deepEqual(facade.sockets.registry.counts().legacy, { websocket: 1, polling: 0 });
    assert.equal(process.rawListeners('uncaughtException').length, listenersBefore);
    survivor.client.socket.destroy();
    await side.idle();
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    assert.ok(timers.length < 20, `${timers.length} timers are left`);
  });
});
