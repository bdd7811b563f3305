import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ByteBudget } from '../../../src/facade/shadowing/byte-budget.js';
import { KeptBytes } from '../../../src/facade/shadowing/kept-bytes.js';
import { takeBody } from '../../../src/facade/shadowing/take-body.js';

const LONG_MS = 10_000;

describe('takeBody', () => {
  let server: Server;
  let client: ClientRequest;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** A request whose head is there, and so much of its body. */
  const begin = async (first: string): Promise<IncomingMessage> => {
    client = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', method: 'POST' });
    client.on('error', () => undefined);
    client.flushHeaders();
    if (first !== '') client.write(first);
    const [req] = (await once(server, 'request')) as [IncomingMessage];
    return req;
  };
  const bounded = (most: number, budget = most): KeptBytes =>
    new KeptBytes(most, new ByteBudget(budget), 'request_too_large');
  const noListeners = (req: IncomingMessage): void => {
    for (const event of ['data', 'end']) assert.equal(req.listenerCount(event), 0, event);
  };

  it('reads a whole body, and leaves the request paused and without listeners', async () => {
    const req = await begin('one ');
    client.end('two');
    const taken = await takeBody(req, bounded(100), LONG_MS);
    assert.deepEqual(
      { ...taken, bytes: taken.bytes.toString() },
      { bytes: 'one two', complete: true, refused: undefined },
    );
    noListeners(req);
  });

  for (const [what, kept, reason] of [
    ['larger than may be', () => bounded(5), 'request_too_large'],
    ['more than the memory for all', () => bounded(100, 5), 'memory'],
  ] as const)
    it(`hands back what it read of one that is ${what}; the rest can be read on`, async () => {
      const req = await begin('123456');
      const taken = await takeBody(req, kept(), LONG_MS);
      assert.deepEqual([taken.complete, taken.refused], [false, reason]);
      noListeners(req);
      client.end('789');
      assert.equal(taken.bytes.toString() + (await text(req)), '123456789');
    });

  it('does not wait for a slow one beyond its time; what comes later can be read on', async () => {
    const req = await begin('1');
    const taken = await takeBody(req, bounded(100), 30);
    assert.deepEqual([taken.complete, taken.refused], [false, 'request_slow']);
    noListeners(req);
    client.end('23');
    assert.equal(taken.bytes.toString() + (await text(req)), '123');
  });

  it('tells that the client left, also before it was called', async () => {
    const req = await begin('1');
    req.on('error', () => undefined);
    const taking = takeBody(req, bounded(100), LONG_MS);
    client.destroy();
    assert.equal((await taking).refused, 'client_gone');
    assert.equal((await takeBody(req, bounded(100), LONG_MS)).refused, 'client_gone');
  });
});
