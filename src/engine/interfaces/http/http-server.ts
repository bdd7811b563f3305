/** The engine's listener: a Unix socket for the facade, HTTPS, or plain HTTP on loopback. Owns its connections. */
import { chmod, mkdir, readFile, stat, unlink } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import type { ListenAddress, TlsFiles } from '../../config/engine-settings.js';
import type { RealtimeListener } from '../ws/realtime-listener.js';
import type { RequestHandler } from './request-handler.js';
import type { UnreadableRequestHandler } from './unreadable-request.js';

export interface RunningServer {
  /** The socket's path, or `http(s)://host:port` with the port really bound. */
  readonly address: string;
  /** Stops accepting, ends idle connections, waits for the others up to the limit, then cuts them. */
  close(limitMs: number): Promise<void>;
}

/** Longer than the pause between an agent's calls (30 s), and than the facade keeps idle connections. */
const KEEP_ALIVE_MS = 75_000;
/** A request's head must arrive in this time; bodies may take longer. */
const HEAD_MS = 30_000;
/** A connection on which nothing moves during a request is given up. */
const STILL_MS = 120_000;

export async function startHttpServer(
  listen: ListenAddress,
  handle: RequestHandler,
  refuse: UnreadableRequestHandler,
  realtime: RealtimeListener,
): Promise<RunningServer> {
  let closing = false;
  const listener: RequestListener = (message, response) => {
    if (closing) response.shouldKeepAlive = false;
    // A connection that served its last request is idle one turn later, and would be waited for.
    response.once('close', () => closing && setImmediate(() => server.closeIdleConnections()));
    if (realtime.request(message, response)) return;
    // The handler turns every failure into an answer; what still escapes is a fault that must end the process.
    handle(message, response).catch((error: unknown) => {
      response.destroy();
      throw error;
    });
  };
  const tls = listen.kind === 'tcp' ? listen.tls : undefined;
  const server = tls === undefined ? createHttpServer(listener) : await httpsServer(tls, listener);
  server.on('clientError', refuse);
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (message, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    if (!realtime.upgrade(message, socket, head)) answerWithoutUpgrade(message, socket as Socket, listener);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEAD_MS;
  // Uploads of agents behind slow lines take what they take; the facade has its own limits.
  server.requestTimeout = 0;
  server.timeout = STILL_MS;
  if (listen.kind === 'socket') await listenOnSocket(server, listen.path);
  else await listening(server, () => server.listen(listen.port, listen.host));
  return {
    address: addressOf(server, listen),
    close: (limitMs) => {
      closing = true;
      return closeServer(server, upgraded, limitMs);
    },
  };
}

/** Whoever asks for a protocol that this path does not speak gets the answer of a plain request, and its connection ends. */
function answerWithoutUpgrade(...[message, socket, listener]: [IncomingMessage, Socket, RequestListener]): void {
  const response = new ServerResponse(message);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.on('error', () => socket.destroy());
  response.once('finish', () => {
    response.detachSocket(socket);
    socket.end();
  });
  listener(message, response as Parameters<RequestListener>[1]);
}

async function httpsServer(files: TlsFiles, listener: RequestListener): Promise<Server> {
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)]);
  return createHttpsServer({ cert, key, minVersion: 'TLSv1.2' }, listener);
}

/** The folder is private before the socket exists, so that nobody connects between `listen` and `chmod`. */
async function listenOnSocket(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await removeStaleSocket(path);
  const umask = process.umask(0o177);
  try {
    await listening(server, () => server.listen(path));
  } finally {
    process.umask(umask);
  }
  await chmod(path, 0o600);
}

/** A socket left behind by a killed engine is removed; one that answers belongs to a living engine. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} exists and is no socket`);
  if (await answers(path)) throw new Error(`${path} is in use by another engine`);
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    listen();
  });
}

function addressOf(server: Server, listen: ListenAddress): string {
  if (listen.kind === 'socket') return listen.path;
  const { address, port, family } = server.address() as AddressInfo;
  return `${listen.tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function closeServer(server: Server, upgraded: ReadonlySet<Duplex>, limitMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
  }, limitMs);
  await closed;
  clearTimeout(cut);
}
