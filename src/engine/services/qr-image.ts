/** QR codes as images that a page can show: a PNG of one bit a pixel (https://www.w3.org/TR/png/), six pixels a module. */
import { crc32, deflateSync } from 'node:zlib';
import qrcode from 'qrcode-generator';

const PIXELS_PER_MODULE = 6;
/** Modules of white on each side, the least that ISO 18004 allows. */
const BORDER = 4;
/** What a code of the largest size holds at this correction level, in bytes. */
const MOST_BYTES = 2331;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * @param text ASCII
 * @returns a data URL; undefined for a text that no QR code can hold
 */
export function qrImage(text: string): string | undefined {
  if (Buffer.byteLength(text) > MOST_BYTES) return undefined;
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const side = (code.getModuleCount() + 2 * BORDER) * PIXELS_PER_MODULE;
  const isDark = (x: number, y: number): boolean => {
    const [column, row] = [moduleAt(x), moduleAt(y)];
    const inside = [column, row].every((index) => index >= 0 && index < code.getModuleCount());
    return inside && code.isDark(row, column);
  };
  return `data:image/png;base64,${png(side, isDark).toString('base64')}`;
}

function moduleAt(pixel: number): number {
  return Math.floor(pixel / PIXELS_PER_MODULE) - BORDER;
}

/** A square in black and white. */
function png(side: number, isDark: (x: number, y: number) => boolean): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // One bit of grey; no interlacing.
  header.writeUInt8(1, 8);
  const lines = Array.from({ length: side }, (_, y) => scanLine(side, (x) => isDark(x, y)));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A filter byte of none, then the pixels, eight to a byte, white as 1. */
function scanLine(side: number, isDark: (x: number) => boolean): Buffer {
  const line = Buffer.alloc(1 + Math.ceil(side / 8));
  for (let x = 0; x < side; x += 1) {
    const at = 1 + (x >> 3);
    if (!isDark(x)) line.writeUInt8(line.readUInt8(at) | (0x80 >> (x & 7)), at);
  }
  return line;
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(typed.length + 8);
  out.writeUInt32BE(data.length, 0);
  typed.copy(out, 4);
  out.writeUInt32BE(crc32(typed), typed.length + 4);
  return out;
}
