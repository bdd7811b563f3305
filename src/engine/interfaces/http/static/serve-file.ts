/** Answers with a file, a part of it, or the word that the client has it already. */
import { createReadStream } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { floatText } from '../../../../legacy-bridge/values/python-text.js';
import { rangeNotSatisfiablePage } from '../error-pages.js';
import type { HttpAnswer } from '../http-answer.js';
import { type ByteRange, parseRange } from './byte-range.js';
import { judgeConditions, rangeApplies, type Validators } from './conditions.js';
import { contentType, inlineDisposition } from './content-type.js';
import type { StaticFile } from './find-file.js';

export function serveFile(file: StaticFile, request: IncomingHttpHeaders): HttpAnswer {
  const length = Number(file.stats.size);
  const validators: Validators = { etag: etagOf(file), modified: Math.floor(Number(file.stats.mtimeMs) / 1000) };
  const kept = {
    'cache-control': 'no-cache',
    'content-disposition': inlineDisposition(file.name),
    etag: validators.etag,
  };
  const headers = {
    ...kept,
    'content-type': contentType(file.name),
    'last-modified': new Date(validators.modified * 1000).toUTCString(),
  };
  // A part goes before conditions, in the legacy's order; an empty file has no parts.
  if (request.range !== undefined && length > 0 && rangeApplies(request, validators))
    return part(file, headers, parseRange(request.range, length), length);
  switch (judgeConditions(request, validators)) {
    case 'not-modified':
      return { status: 304, headers: kept, body: Buffer.alloc(0) };
    case 'precondition-failed':
      return { status: 412, headers: kept, body: Buffer.alloc(0) };
    case 'send':
      return { status: 200, headers, body: bytes(file, { start: 0, end: length }) };
  }
}

function part(
  file: StaticFile,
  headers: Readonly<Record<string, string>>,
  range: ByteRange | undefined,
  length: number,
): HttpAnswer {
  if (range === undefined) return rangeNotSatisfiablePage(length);
  const contentRange = `bytes ${range.start}-${range.end - 1}/${length}`;
  return {
    status: 206,
    headers: { ...headers, 'accept-ranges': 'bytes', 'content-range': contentRange },
    body: bytes(file, range),
  };
}

function bytes(file: StaticFile, { start, end }: ByteRange): HttpAnswer['body'] {
  if (end === start) return Buffer.alloc(0);
  return { length: end - start, open: () => createReadStream(file.path, { start, end: end - 1 }) };
}

/** The legacy's tag of the same file, so that browsers' caches outlive a flip: time, size, checksum of the path. */
function etagOf({ path, stats }: StaticFile): string {
  const seconds = Number(stats.mtimeNs / 1_000_000_000n) + 1e-9 * Number(stats.mtimeNs % 1_000_000_000n);
  return `"${floatText(seconds)}-${stats.size}-${adler32(Buffer.from(path))}"`;
}

/** RFC 1950 8.2 */
function adler32(data: Buffer): number {
  let a = 1;
  let b = 0;
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}
