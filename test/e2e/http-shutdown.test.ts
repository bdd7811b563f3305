import assert from 'node:assert/strict';
import { startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient } from '../kit/raw-http.js';
import { json, startUpstream } from '../kit/upstream.js';

describe('a facade that is told to stop', () => {
  it('closes idle connections, accepts no more, and finishes what is in flight', async () => {
    let finish: () => void = () => undefined;
    const legacy = await startUpstream(async ({ line }, socket) => {
      if (line.includes('/long'))
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      socket.write(json({ ok: true }));
    });
    const facade = await startFacadeUnderTest({ legacy: legacy.origin });
    const idle = await RawClient.connect(facade.port);
    await idle.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').answer();
    const busy = await RawClient.connect(facade.port);
    busy.send('GET /long HTTP/1.1\r\nHost: h\r\n\r\n');
    await legacy.request(2);
    const closed = facade.close();
    await idle.ended();
    await assert.rejects(RawClient.connect(facade.port), { code: 'ECONNREFUSED' });
    finish();
    assert.equal((await busy.answer()).status, 200);
    await busy.ended();
    await closed;
    await legacy.close();
  });

  it('cuts off what takes longer than it may', async () => {
    const legacy = await startUpstream(() => undefined);
    const facade = await startFacadeUnderTest({ legacy: legacy.origin, limits: { shutdownMs: 200 } });
    const client = await RawClient.connect(facade.port);
    client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await legacy.request(1);
    await facade.close();
    assert.deepEqual(
      facade.recorded.finished.map(({ status }) => status),
      [499],
      'counted before the stop is over',
    );
    assert.equal(await client.ended(), '');
    await legacy.close();
  });

  it('closes the connection of a client that is still served once it has its answer', async () => {
    let finish: () => void = () => undefined;
    const legacy = await startUpstream(async (_request, socket) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      socket.write(json({ ok: true }));
    });
    const facade = await startFacadeUnderTest({ legacy: legacy.origin });
    const client = await RawClient.connect(facade.port);
    client.send('GET /1 HTTP/1.1\r\nHost: h\r\n\r\n');
    await legacy.request(1);
    const closed = facade.close();
    finish();
    await client.answer();
    await client.ended();
    await closed;
    await legacy.close();
  });
});
