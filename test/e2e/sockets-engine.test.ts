import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';

describe('an engine on a Unix socket', () => {
  let folder: string;
  let http: HttpServer;
  let server: Server;
  let facade: SocketFacade;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sockets-engine-'));
    http = createServer();
    server = new Server(http);
    server.on('connection', (socket) => {
      socket.on('echo', (payload, acknowledge) => acknowledge(payload));
    });
    http.listen(join(folder, 'engine.sock'));
    await once(http, 'listening');
    facade = await startSocketFacade({
      legacy: { url: 'http://127.0.0.1:9' },
      engine: { socketPath: join(folder, 'engine.sock') },
      stage: 'engine',
    });
  });
  after(async () => {
    await facade.close();
    await server.close();
    await rm(folder, { recursive: true });
  });

  for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
    it(`serves clients by ${transports.join(', then ')}`, async () => {
      const client: Socket = io(facade.url, { transports, forceNew: true, reconnection: false });
      await new Promise<void>((resolve, reject) => {
        client.once('connect', resolve);
        client.once('connect_error', reject);
      });
      const bytes = Buffer.from([0, 1, 2, 255]);
      const answer = (await client.emitWithAck('echo', { bytes })) as { bytes: Buffer };
      assert.equal(Buffer.compare(Buffer.from(answer.bytes), bytes), 0);
      client.disconnect();
    });
  }

  it('closes a polling session: its pin is dropped with the answer that says so', async () => {
    const base = `${facade.url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1)) as { sid: string };
    const poll = fetch(`${base}&sid=${sid}`);
    const session = (server.engine as unknown as { clients: Record<string, { close(): void }> }).clients[sid];
    session?.close();
    assert.equal((await (await poll).text()).split('\u001e').at(-1), '1');
    await facade.told('closed engine polling closed');
  });
});
