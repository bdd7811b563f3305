/**
 * Asks the engine first, and the sample legacy, on the same database and keys, for what the engine does not serve yet (501). So a
 * whole scenario can hold the engine to its part. Sockets are the engine's. Owns its server; neither of the two sides.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';

/** A running server. */
export interface EngineThenLegacy {
  readonly base: string;
  /** Method and path of each request that the legacy answered. */
  readonly passedOn: readonly string[];
  stop(): Promise<void>;
}

/** Listens on a free port of loopback. */
export async function startEngineThenLegacy(engine: string, legacy: string): Promise<EngineThenLegacy> {
  const dispatcher = new Agent();
  const passedOn: string[] = [];
  const server = createServer((message, response) => {
    serve(message, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on('upgrade', ({ method, url, rawHeaders }: IncomingMessage, client, head) => {
    const { hostname, port } = new URL(engine);
    const lines = rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
    const side = connect(Number(port), hostname, () => side.write(`${method} ${url} HTTP/1.1\r\n${lines}\r\n`));
    side.write(head);
    for (const [from, to] of [[client, side] as const, [side, client] as const])
      from.on('error', () => to.destroy()).pipe(to);
  });
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    let answer = await ask(engine, message, body);
    if (answer.statusCode === 501) {
      await answer.body.dump();
      passedOn.push(`${message.method} ${message.url}`);
      answer = await ask(legacy, message, body);
    }
    const { 'transfer-encoding': _framing, connection: _connection, ...headers } = answer.headers;
    response.writeHead(answer.statusCode, headers);
    response.end(Buffer.from(await answer.body.arrayBuffer()));
  };
  const ask = (base: string, { method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer) =>
    request(`${base}${url}`, {
      method: method as Dispatcher.HttpMethod,
      dispatcher,
      headers: {
        ...Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name))),
        'x-forwarded-host': headers.host ?? '',
        'x-forwarded-proto': 'http',
      },
      ...(body.length > 0 ? { body } : {}),
    });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passedOn,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await dispatcher.destroy();
    },
  };
}

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'host',
]);
