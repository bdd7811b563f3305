import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import {
  createGuardedTunnels,
  DEFAULT_TUNNEL_LIMITS,
  type Tunnel,
  type TunnelEnd,
  type TunnelEvents,
} from '../../../src/facade/sockets/guarded-tunnel.js';
import { legacyDialer, type SideDialer } from '../../../src/facade/sockets/side-dialer.js';
import { handshake, openTcpClient, SWITCHING, startTcpSide, type TcpSide } from '../../kit/ws-client-upstream.js';

const PIN_OF_NOBODY = '0'.repeat(64);

describe('guarded tunnels', () => {
  let server: Server;
  let port: number;
  let take: (socket: Socket, first: Buffer) => void;
  let side: TcpSide;
  let answer: (socket: Socket) => void;
  const tunnels = createGuardedTunnels({ ...DEFAULT_TUNNEL_LIMITS, connectMs: 200, lingerMs: 100 });

  before(async () => {
    side = await startTcpSide((socket) => answer(socket));
    server = createServer().on('upgrade', (_request, socket, first) => take(socket as Socket, first));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    server.close();
    await side.close();
  });

  /** Opens one tunnel; `ended` is called with how it ended. */
  function open(dialer: SideDialer, headers: string[], events: Partial<TunnelEvents> = {}): Promise<TunnelEnd> {
    return new Promise((resolve) => {
      take = (socket, first) => {
        const request = { side: 'legacy', target: '/socket.io/', headers, requestId: 'r-1' } as const;
        tunnels.open(request, socket, first, dialer, { opened: () => {}, ...events, ended: resolve });
      };
    });
  }

  it('tell messages of the client from its heartbeats', async () => {
    answer = (socket) => socket.write(SWITCHING);
    const dialer = legacyDialer({ url: side.url, ca: '', pin: '', serverName: '' });
    const opened = new Promise<Tunnel>((resolve) => {
      void open(dialer, ['Host', 'x'], { opened: resolve });
    });
    const client = await openTcpClient(port, handshake());
    await client.received('101');
    const tunnel = await opened;
    const pong = Buffer.from([0x81, 0x81, 1, 2, 3, 4, '3'.charCodeAt(0) ^ 1]);
    const message = Buffer.from([0x81, 0x82, 0, 0, 0, 0, ...Buffer.from('42')]);
    client.socket.write(Buffer.concat([pong, message, pong]));
    while (tunnel.bytesUp() < 22) await turn();
    assert.deepEqual([tunnel.bytesUp(), tunnel.messageBytesUp()], [22, 8]);
    client.socket.destroy();
  });

  it('leave nothing behind on the agent that all of them share', async () => {
    answer = (socket) => socket.write(SWITCHING);
    const dialer = legacyDialer({ url: side.url, ca: '', pin: '', serverName: '' });
    const listeners = dialer.agent.eventNames().map((name) => dialer.agent.listenerCount(name));
    for (let round = 0; round < 100; round += 1) {
      const ended = open(dialer, ['Host', 'x']);
      const client = await openTcpClient(port, handshake());
      await client.received('101');
      client.socket.destroy();
      await ended;
    }
    assert.deepEqual(
      dialer.agent.eventNames().map((name) => dialer.agent.listenerCount(name)),
      listeners,
    );
    assert.deepEqual([Object.keys(dialer.agent.sockets), Object.keys(dialer.agent.requests)], [[], []]);
  });

  it('survive a client that resets before the side has answered', async () => {
    const dialer = legacyDialer({ url: side.url, ca: '', pin: '', serverName: '' });
    const asked = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const ended = open(dialer, ['Host', 'x']);
    const client = await openTcpClient(port, handshake());
    await asked;
    client.socket.resetAndDestroy();
    assert.deepEqual(await ended, { how: 'client-left' });
    await side.idle();
  });

  it('refuse a header that Node will not write, and nobody is asked', async () => {
    const asked = side.heads.length;
    const dialer = legacyDialer({ url: side.url, ca: '', pin: '', serverName: '' });
    const ended = open(dialer, ['X-Bad', 'a\nb']);
    const client = await openTcpClient(port, handshake());
    const { text } = await client.ended;
    assert.match(text, /^HTTP\/1\.1 400 .*"error":"client_request_invalid"/s);
    const end = await ended;
    assert.deepEqual([end.how, end.how === 'failed' && end.code], ['failed', 'client_request_invalid']);
    assert.equal(side.heads.length, asked);
  });

  it('give up on a side that accepts the connection and stays silent in the TLS handshake', async () => {
    const silent = await startTcpSide(() => {});
    const dialer = legacyDialer({
      url: silent.url.replace('http', 'https'),
      ca: '',
      pin: PIN_OF_NOBODY,
      serverName: '',
    });
    const ended = open(dialer, ['Host', 'x']);
    const client = await openTcpClient(port, handshake());
    const { text } = await client.ended;
    assert.match(text, /^HTTP\/1\.1 504 .*"error":"legacy_connect_timeout","reason":"[^"]+","requestId":"r-1"/s);
    await ended;
    await silent.close();
  });

  it('closed before the side has answered, refuse the client and leave the side', async () => {
    const dialer = legacyDialer({ url: side.url, ca: '', pin: '', serverName: '' });
    const asked = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const ended = new Promise<TunnelEnd>((resolve) => {
      take = (socket, first) => {
        const request = { side: 'legacy', target: '/socket.io/', headers: ['Host', 'x'], requestId: 'r-2' } as const;
        const attempt = tunnels.open(request, socket, first, dialer, { opened: () => {}, ended: resolve });
        void asked.then(() => attempt.close('shutdown'));
      };
    });
    const client = await openTcpClient(port, handshake());
    assert.match((await client.ended).text, /^HTTP\/1\.1 503 .*"error":"facade_closing"/s);
    assert.deepEqual(await ended, { how: 'closed', reason: 'shutdown' });
    await side.idle();
  });
});
