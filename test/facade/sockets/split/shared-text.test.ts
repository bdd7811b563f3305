import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { WebSocket } from 'ws';
import { SharedText, textFrame } from '../../../../src/facade/sockets/split/shared-text.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

describe('a text for many clients', () => {
  it('becomes frames that a WebSocket reads, at each length of their heads', async () => {
    const payloads = [0, 1, 125, 126, 65_535, 65_536, 70_000].map((length) => Buffer.alloc(length, 'x'));
    const server = createServer((socket) => {
      socket.once('data', (data) => {
        const key = /sec-websocket-key: (\S+)/i.exec(data.toString())?.[1];
        const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        for (const payload of payloads) for (const part of textFrame(payload)) socket.write(part);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const lengths: number[] = [];
    await new Promise<void>((resolve) => {
      client.on('message', (data: Buffer) => {
        lengths.push(data.length);
        if (lengths.length === payloads.length) resolve();
      });
    });
    assert.deepEqual(
      lengths,
      payloads.map(({ length }) => length),
    );
    client.terminate();
    server.close();
  });

  it('is encoded once, and its options are each client’s own', () => {
    const text = new SharedText('2["a"]');
    const [first, second] = [text.sendOptions(), text.sendOptions()] as { wsPreEncodedFrame?: readonly Buffer[] }[];
    assert.notEqual(first, second);
    assert.equal(first?.wsPreEncodedFrame, second?.wsPreEncodedFrame);
    assert.equal(first?.wsPreEncodedFrame?.[1]?.toString(), '42["a"]');
  });
});
