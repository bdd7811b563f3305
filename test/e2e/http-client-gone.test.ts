import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient } from '../kit/raw-http.js';
import { startUpstream, type Upstream } from '../kit/upstream.js';

describe('a client that leaves', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(({ line }, socket) => {
      if (line.includes('/partial')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart');
      // Else: never answers.
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('before the answer ends the request at the side', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('GET /never HTTP/1.1\r\nHost: h\r\n\r\n');
    await legacy.request(1);
    client.close();
    await legacy.idle();
    assert.deepEqual(facade.recorded.failed, [], 'the side is not to blame');
    assert.equal(facade.recorded.finished.at(-1)?.status, 499);
  });

  it('within the answer ends the request at the side', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('GET /partial HTTP/1.1\r\nHost: h\r\n\r\n');
    await client.until((text) => text.includes('part'));
    client.close();
    await legacy.idle();
  });

  it('within its body ends the request at the side', async () => {
    let headSeen: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => {
      headSeen = resolve;
    });
    const side = await startUpstream(() => undefined, { onHead: () => headSeen() });
    const other = await startFacadeUnderTest({ legacy: side.origin });
    const client = await RawClient.connect(other.port);
    client.send('POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf');
    await seen;
    client.close();
    await side.idle();
    assert.equal(side.seen.length, 0, 'the side never got a whole request');
    await other.close();
    await side.close();
  });

  it('200 times leaves no connection to the side behind', async () => {
    const clients = await Promise.all(Array.from({ length: 200 }, () => RawClient.connect(facade.port)));
    for (const client of clients) client.send('GET /never HTTP/1.1\r\nHost: h\r\n\r\n');
    await legacy.request(legacy.seen.length + 64); // As many as there are connections to the side.
    for (const client of clients) client.close();
    await legacy.idle();
  });
});
