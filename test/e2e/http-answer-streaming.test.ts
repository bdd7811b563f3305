import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient } from '../kit/raw-http.js';
import { startUpstream, type Upstream } from '../kit/upstream.js';

const PIECE = Buffer.alloc(64 * 1024, 'x');
const PIECES = 512; // 32 MB

describe('an answer that comes in pieces', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;
  let goOn: () => void = () => undefined;
  let written = 0;

  before(async () => {
    legacy = await startUpstream(async ({ line }, socket) => {
      if (line.includes('/slow')) {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        socket.write('5\r\nfirst\r\n');
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        socket.write('4\r\nlast\r\n0\r\n\r\n');
        return;
      }
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${PIECE.length * PIECES}\r\n\r\n`);
      for (let at = 0; at < PIECES; at += 1) {
        written += PIECE.length;
        if (!socket.write(PIECE)) await new Promise((resolve) => socket.once('drain', resolve));
      }
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('reaches the client piece by piece, the head before the first', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('GET /slow HTTP/1.1\r\nHost: h\r\n\r\n');
    const head = await client.until((text) => text.includes('\r\n\r\n'));
    assert.ok(head.endsWith('\r\n\r\n'), 'nothing but the head has come');
    goOn();
    await client.until((text) => text.includes('first'));
    assert.ok(!client.received.includes('last'));
    goOn();
    await client.until((text) => text.endsWith('0\r\n\r\n'));
    client.close();
  });

  it('is held back at the side when the client does not read, and comes whole when it does', async () => {
    const client = await RawClient.connect(facade.port);
    client.socket.pause();
    client.send('GET /large HTTP/1.1\r\nHost: h\r\n\r\n');
    let before = -1;
    while (before !== written || written === 0) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 150)); // Until the side can write no more.
    }
    assert.ok(written < PIECE.length * PIECES, `all ${written} bytes were taken off the side`);
    let received = 0;
    client.socket.removeAllListeners('data').on('data', (chunk) => {
      received += chunk.length;
    });
    client.socket.resume();
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (received > PIECE.length * PIECES) resolve();
      };
      client.socket.on('data', look);
    });
    client.close();
  });
});
