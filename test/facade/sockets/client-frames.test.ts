import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ClientFrames } from '../../../src/facade/sockets/client-frames.js';

const MASK = Buffer.from([0x11, 0x22, 0x33, 0x44]);

/** As a client frames it. */
function frame(payload: string | Buffer, first = 0x81): Buffer {
  const bytes = Buffer.from(payload);
  const length = bytes.length;
  const short = length > 65_535 ? 127 : length > 125 ? 126 : length;
  const long = Buffer.alloc(short === 127 ? 8 : short === 126 ? 2 : 0);
  if (long.length > 0) long.writeUIntBE(length, Math.max(0, long.length - 6), Math.min(6, long.length));
  const masked = bytes.map((byte, at) => byte ^ (MASK[at % 4] as number));
  return Buffer.concat([Buffer.from([first, 0x80 | short]), long, MASK, masked]);
}

function messageBytes(...chunks: Buffer[]): number {
  const frames = new ClientFrames();
  for (const chunk of chunks) frames.take(chunk);
  return chunks.reduce((sum, { length }) => sum + length, 0) - frames.heartbeatBytes;
}

describe('ClientFrames', () => {
  const PONGS = [frame('3'), frame('2'), frame('', 0x8a), frame('a', 0x89), frame('x'.repeat(125), 0x8a)];
  const MESSAGES = [
    frame('42["agent_status",{}]'),
    frame('33'),
    frame('1'),
    frame(''),
    frame('', 0x88),
    frame('3', 0x82),
    frame('3', 0x01),
    frame('3', 0xc1),
    frame('x'.repeat(126)),
    frame('x'.repeat(65_535)),
    frame('x'.repeat(65_536)),
  ];

  it('takes pings and pongs for heartbeats, of Engine.IO and of WebSocket', () => {
    for (const pong of PONGS) assert.equal(messageBytes(pong), 0, pong.toString('hex'));
  });

  it('takes everything else for messages', () => {
    for (const message of MESSAGES) assert.equal(messageBytes(message), message.length, message.toString('hex', 0, 16));
  });

  it('tells them apart however the bytes are cut', () => {
    const one = fc.constantFrom(...PONGS, ...MESSAGES.filter(({ length }) => length < 1000));
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), cuts, (frames, sizes) => {
        const bytes = Buffer.concat(frames);
        const chunks: Buffer[] = [];
        for (let at = 0, nth = 0; at < bytes.length; nth += 1) {
          const size = sizes[nth % sizes.length] as number;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const expected = frames.reduce((sum, each) => sum + (PONGS.includes(each) ? 0 : each.length), 0);
        assert.equal(messageBytes(...chunks), expected);
      }),
    );
  });

  it('takes all for messages once it is no WebSocket', () => {
    const odd = Buffer.from([0x81, 0x01, 0x33]);
    assert.equal(messageBytes(odd, frame('3')), odd.length + frame('3').length);
  });
});
