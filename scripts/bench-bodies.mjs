#!/usr/bin/env node
// Memory under large bodies: 100 MB up and 100 MB down through the built facade, fast and with a slow reader, four at a
// time. Prints how far resident memory grew; exits 1 when it grew by 64 MB or more. Needs dist (scripts/build).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '..');
const MEGABYTE = 1024 * 1024;
const SIZE = 100 * MEGABYTE;
const AT_ONCE = 4;
const MOST_GROWTH = 64 * MEGABYTE;
const PORT = 18091;
const PIECE = Buffer.alloc(64 * 1024, 'x');

const folder = mkdtempSync(join(tmpdir(), 'facade-bodies-'));
const legacy = createServer((req, res) => {
  if (req.method === 'POST') return void count(req).then((bytes) => res.end(String(bytes)));
  res.writeHead(200, { 'content-length': SIZE });
  produce(res);
});
await new Promise((done) => legacy.listen(0, '127.0.0.1', done));
const facade = startFacade(`http://127.0.0.1:${legacy.address().port}`);

try {
  await reachable();
  // Code is compiled and buffers are pooled on the first use: that is no growth by size.
  for (const run of [up, down]) await run(5 * MEGABYTE);
  const before = residentBytes();
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, residentBytes());
  }, 20);
  for (const [name, run] of Object.entries({ up, down, 'down, slow reader': slowDown })) {
    highest = residentBytes();
    await Promise.all(Array.from({ length: AT_ONCE }, () => run(SIZE)));
    console.log(
      `${name.padEnd(18)} ${AT_ONCE} x 100 MB: resident ${megabytes(highest)} MB, grown by ${megabytes(highest - before)} MB`,
    );
    if (highest - before >= MOST_GROWTH) process.exitCode = 1;
  }
  clearInterval(watch);
} finally {
  facade.kill('SIGTERM');
  legacy.close();
  legacy.closeAllConnections();
  await new Promise((done) => facade.once('exit', done));
  rmSync(folder, { recursive: true, force: true });
}

function startFacade(legacyUrl) {
  const table = join(folder, 'table.yaml');
  writeFileSync(table, readFileSync(join(ROOT, 'config/migration-table.yaml')));
  const flags = {
    'listen-host': '127.0.0.1',
    'listen-port': PORT,
    'admin-port': 0,
    'engine-mode': 'off',
    'legacy-url': legacyUrl,
    'state-directory': join(folder, 'state'),
    table,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const env = { ...process.env, FACADE_LOG_LEVEL: 'error' };
  return spawn('node', [join(ROOT, 'dist/facade/main.js'), 'start', ...args], { cwd: folder, env, stdio: 'inherit' });
}

async function up(bytes) {
  const answer = await send({ method: 'POST', headers: { 'content-length': bytes } }, (req) => produce(req, bytes));
  let text = '';
  for await (const part of answer) text += part;
  if (Number(text) !== bytes) throw new Error(`the legacy got ${text} bytes of ${bytes}`);
}

async function down() {
  const got = await count(await send({}));
  if (got !== SIZE) throw new Error(`the client got ${got} bytes of ${SIZE}`);
}

/** Reads for a tenth of a second, rests for as long: the facade must not take what its client does not. */
async function slowDown() {
  const answer = await send({});
  const resting = setInterval(() => {
    answer.pause();
    setTimeout(() => answer.resume(), 100);
  }, 200);
  const got = await new Promise((done, fail) => {
    let bytes = 0;
    answer.on('data', (part) => {
      bytes += part.length;
    });
    answer.on('end', () => done(bytes));
    answer.on('error', fail);
  });
  clearInterval(resting);
  if (got !== SIZE) throw new Error(`the slow client got ${got} bytes of ${SIZE}`);
}

function send(options, body = (req) => req.end()) {
  return new Promise((done, fail) => {
    const req = request({ host: '127.0.0.1', port: PORT, path: '/large', ...options }, done);
    req.on('error', fail);
    body(req);
  });
}

function produce(stream, bytes = SIZE) {
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
      left -= piece.length;
      if (!stream.write(piece)) return;
    }
    stream.end();
  };
  stream.on('drain', more);
  more();
}

async function count(stream) {
  let bytes = 0;
  for await (const part of stream) bytes += part.length;
  return bytes;
}

async function reachable() {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      const answer = await send({ method: 'POST' });
      answer.resume();
      if (answer.statusCode === 200) return;
    } catch {
      // Not there yet.
    }
    await pause(50);
  }
  throw new Error(`nothing answers on port ${PORT}`);
}

function residentBytes() {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${facade.pid}/status`, 'utf8'))?.[1]) * 1024;
}

function megabytes(bytes) {
  return Math.round(bytes / MEGABYTE);
}
