/**
 * Memory per idle tunnel, and how fast tunnels open. Three processes on loopback: this one holds the clients, one the
 * facade's sockets, one a side that accepts every upgrade. Bounded in count and time.
 *
 * Usage: tsx scripts/bench-sockets.ts [COUNT=5000]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { readRequestHead } from '../src/facade/forwarding/request-head.js';
import { trustedProxies } from '../src/facade/forwarding/trusted-proxies.js';
import { legacyDialer } from '../src/facade/sockets/side-dialer.js';
import { createSockets } from '../src/facade/sockets/sockets-handler.js';

const SELF = fileURLToPath(import.meta.url);
/** Handshakes under way at once; a backlog of more would measure the kernel. */
const AT_ONCE = 200;
const MOST = 20_000;
const DEADLINE_MS = 120_000;

interface Memory {
  readonly rss: number;
  readonly heap: number;
}

async function main(count: number): Promise<void> {
  setTimeout(() => {
    console.error(`not done after ${DEADLINE_MS / 1000} s`);
    process.exit(1);
  }, DEADLINE_MS).unref();
  const side = fork(SELF, ['side'], { execArgv: process.execArgv });
  const sidePort = await message<number>(side);
  const facade = fork(SELF, ['facade', String(sidePort)], { execArgv: [...process.execArgv, '--expose-gc'] });
  const port = await message<number>(facade);
  // What the first tunnels cost once (code compiled, buffers made) is not counted.
  await openTunnels(port, 50);
  const before = await memoryOf(facade);
  const startedAt = performance.now();
  const clients = await openTunnels(port, count);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await memoryOf(facade);
  const each = (part: keyof Memory): string => `${((after[part] - before[part]) / count / 1024).toFixed(1)} KiB`;
  console.log(`${count} idle tunnels: ${each('rss')} resident, ${each('heap')} of it heap, each`);
  console.log(`opened in ${seconds.toFixed(2)} s (${Math.round(count / seconds)} per second)`);
  for (const client of clients) client.destroy();
  facade.kill();
  side.kill();
}

async function message<T>(child: ChildProcess): Promise<T> {
  const [value] = (await once(child, 'message')) as [T];
  return value;
}

function memoryOf(facade: ChildProcess): Promise<Memory> {
  facade.send('memory');
  return message<Memory>(facade);
}

async function openTunnels(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      sockets.push(await openTunnel(port));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return sockets;
}

async function openTunnel(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'GET /socket.io/?transport=websocket&EIO=4 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUser-Agent: Python/3.11 aiohttp/3.8.4\r\n' +
      'Authorization: Bearer not.a.token\r\nX-Borealis-Agent-Context: SYSTEM\r\n\r\n',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString('latin1').startsWith('HTTP/1.1 101 '))
    throw new Error(`no tunnel: ${answer.toString('latin1')}`);
  return socket;
}

async function runSide(): Promise<void> {
  const server = createServer();
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

async function runFacade(sidePort: number): Promise<void> {
  const dialer = legacyDialer({ url: `http://127.0.0.1:${sidePort}`, ca: '', pin: '', serverName: '' });
  const ignore = (): void => {};
  const sockets = createSockets({
    table: () => ({ sockets: { stage: 'legacy', relay: true, events: new Map() } }),
    dialer: () => dialer,
    forwarder: { forward: () => Promise.reject(new TypeError('no polling here')) },
    servedBy: 'none',
    metrics: {
      socketOpened: ignore,
      socketClosed: ignore,
      refused: ignore,
      forwardFailed: ignore,
      requestFinished: ignore,
      eventHandled: () => {},
      socketLinkChanged: () => {},
    },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const trusted = trustedProxies([]);
  const server = createServer();
  server.on('upgrade', (request, socket, first) => {
    const { rawHeaders, httpVersionMinor } = request;
    const head = readRequestHead(
      { rawHeaders, httpVersionMinor, peer: request.socket.remoteAddress, secure: false },
      trusted,
    );
    if (typeof head !== 'string') sockets.handleUpgrade(request, socket, first, head);
  });
  process.on('message', () => {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.({ rss, heap: heapUsed } satisfies Memory);
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

const [role, argument] = process.argv.slice(2);
if (role === 'side') await runSide();
else if (role === 'facade') await runFacade(Number(argument));
else {
  const count = Number(role ?? 5_000);
  if (!(count >= 1 && count <= MOST)) throw new TypeError(`COUNT: expected 1 to ${MOST}, found ${role}`);
  await main(count);
}
