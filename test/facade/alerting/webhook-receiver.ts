/** A real HTTP server that takes alerts and answers as told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { AlertMessage } from '../../../src/facade/alerting/alert.js';

export interface ReceivedAlert {
  readonly message: AlertMessage;
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly received: readonly ReceivedAlert[];
  /** Resolves with what the nth request brought (1 is the first). */
  nth(nth: number): Promise<ReceivedAlert>;
  close(): Promise<void>;
}

/** @param answer told the number of the request, from 1 */
export async function startReceiver(
  answer: (nth: number, res: ServerResponse) => void = (_nth, res) => void res.writeHead(204).end(),
  tls?: { readonly cert: string | Buffer; readonly key: string | Buffer },
): Promise<WebhookReceiver> {
  const received: ReceivedAlert[] = [];
  const take: RequestListener = async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const message = JSON.parse(Buffer.concat(chunks).toString()) as AlertMessage;
    received.push({ message, headers: req.headers, path: req.url ?? '' });
    answer(received.length, res);
    server.emit('received');
  };
  const server: Server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hook?key=in-the-address`,
    received,
    nth: async (nth) => {
      while (received.length < nth) await once(server, 'received');
      return received[nth - 1] as ReceivedAlert;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
