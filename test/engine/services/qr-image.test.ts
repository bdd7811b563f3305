/** QR codes as PNG: a whole file, black modules where the code has them, a white border; too long a text has none. */
import assert from 'node:assert/strict';
import { crc32, inflateSync } from 'node:zlib';
import qrcode from 'qrcode-generator';
import { qrImage } from '../../../src/engine/services/qr-image.js';

const URL_TEXT = 'otpauth://totp/Borealis:sam?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Borealis';

/** Chunks by type, after their sums were checked. */
function chunksOf(png: Buffer): ReadonlyMap<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const typed = png.subarray(at + 4, at + 8 + length);
    assert.equal(png.readUInt32BE(at + 8 + length), crc32(typed));
    chunks.set(typed.toString('latin1', 0, 4), typed.subarray(4));
    at += 12 + length;
  }
  return chunks;
}

describe('a QR image', () => {
  it('shows the code of its text, six pixels a module, with four white modules around', () => {
    const [head, data = ''] = (qrImage(URL_TEXT) ?? '').split(',');
    assert.equal(head, 'data:image/png;base64');
    const chunks = chunksOf(Buffer.from(data, 'base64'));
    assert.deepEqual([...chunks.keys()], ['IHDR', 'IDAT', 'IEND']);
    const header = chunks.get('IHDR') ?? Buffer.alloc(0);
    const code = qrcode(0, 'M');
    code.addData(URL_TEXT);
    code.make();
    const side = (code.getModuleCount() + 8) * 6;
    assert.deepEqual([...header], [...header.subarray(0, 8), 1, 0, 0, 0, 0]);
    assert.deepEqual([header.readUInt32BE(0), header.readUInt32BE(4)], [side, side]);
    const pixels = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
    const width = 1 + Math.ceil(side / 8);
    assert.equal(pixels.length, width * side);
    for (let y = 0; y < side; y += 1)
      for (let x = 0; x < side; x += 1) {
        const white = (pixels.readUInt8(y * width + 1 + (x >> 3)) & (0x80 >> (x & 7))) !== 0;
        const [column, row] = [Math.floor(x / 6) - 4, Math.floor(y / 6) - 4];
        const inside = Math.min(column, row) >= 0 && Math.max(column, row) < code.getModuleCount();
        assert.equal(white, !(inside && code.isDark(row, column)), `${x},${y}`);
      }
  });

  it('of a text of any length is a code, or none', () => {
    assert.ok(qrImage('x'.repeat(2331)));
    assert.equal(qrImage('x'.repeat(2332)), undefined);
  });
});
