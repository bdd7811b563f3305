/** Static files: the same answers as a real Flask over the same folder, and nothing from outside of it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';
import { spaFixture } from '../../kit/parity.js';
import { type SampleLegacy, startSampleLegacy } from '../../kit/sample-legacy.js';

const LARGE = 32 * 2 ** 20;
/** What a file's answer is made of; dates of the answer and the connection differ. */
const COMPARED = [
  'content-type',
  'content-length',
  'content-range',
  'content-disposition',
  'accept-ranges',
  'cache-control',
  'etag',
  'last-modified',
  'allow',
];

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Sends a path exactly as written: URL classes would tidy it up. */
function get(base: string, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Got> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = rawRequest({ hostname, port, path, method, headers, agent: false }, (answer) => {
      const digest = createHash('sha256');
      const done = (): void => {
        const kept = COMPARED.filter((name) => answer.headers[name] !== undefined);
        const shown = Object.fromEntries(kept.map((name) => [name, sorted(name, answer.headers[name])]));
        resolve({ status: answer.statusCode ?? 0, headers: shown, body: digest.digest('hex') });
      };
      // The legacy's server sends an empty chunked body after a 304, which Node takes for an error.
      if (answer.statusCode === 304) return done();
      answer.on('data', (chunk) => digest.update(chunk));
      answer.on('end', done);
      answer.on('error', reject);
    });
    sent.on('error', (error) =>
      reject(new Error(`${method} ${base}${path} ${JSON.stringify(headers)}`, { cause: error })),
    );
    sent.end();
  });
}

function sorted(name: string, value: unknown): unknown {
  return name === 'allow' ? String(value).split(', ').sort().join(', ') : value;
}

describe('engine: static files', () => {
  let root: string;
  let folder: string;
  let engine: EngineProcess;
  let legacy: SampleLegacy;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'engine-static-'));
    folder = join(root, 'build');
    await cp(spaFixture, folder, { recursive: true });
    await writeFile(join(folder, 'größe ✓.txt'), 'unicode');
    await writeFile(join(folder, 'a "b" c.txt'), 'quotes');
    await writeFile(join(folder, 'empty.txt'), '');
    await writeFile(join(folder, 'large.bin'), Buffer.alloc(LARGE, 'facade'));
    await writeFile(join(root, 'secret.txt'), 'outside');
    await symlink(join(root, 'secret.txt'), join(folder, 'link.txt'));
    await symlink(root, join(folder, 'up'));
    engine = await startEngineProcess({ staticFolder: folder });
    legacy = await startSampleLegacy({ staticFolder: folder });
  });
  after(async () => {
    await engine.stop();
    await legacy.stop();
    await rm(root, { recursive: true, force: true });
  });

  const same = async (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') => {
    const [ours, theirs] = await Promise.all([
      get(engine.address, path, headers, method),
      get(legacy.url, path, headers, method),
    ]);
    assert.deepEqual(ours, theirs, `${method} ${path} ${JSON.stringify(headers)}`);
    return ours;
  };

  it('are answered as Flask answers them, tags and all', async () => {
    for (const path of [
      '/',
      '/notes.txt',
      '/assets/app.js',
      '/assets/app.css',
      '/manifest.json',
      '/LICENSE',
      '/gr%C3%B6%C3%9Fe%20%E2%9C%93.txt',
      '/a%20%22b%22%20c.txt',
      '/empty.txt',
      '/devices',
      '/none.js',
    ])
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) await same(path, {}, method);
    assert.equal((await same('/large.bin')).headers['content-length'], String(LARGE));
  });

  it('honour conditions as Flask does', async () => {
    const { etag, 'last-modified': date } = (await get(engine.address, '/notes.txt')).headers as Record<string, string>;
    assert.ok(etag && date);
    const earlier = 'Thu, 01 Jan 2015 00:00:00 GMT';
    const later = 'Thu, 01 Jan 2099 00:00:00 GMT';
    const conditions: readonly Record<string, string>[] = [
      { 'if-none-match': etag },
      { 'if-none-match': `W/${etag}` },
      { 'if-none-match': `"x", ${etag}` },
      { 'if-none-match': '*' },
      { 'if-none-match': '"x"' },
      { 'if-none-match': '"x"', 'if-modified-since': later },
      { 'if-none-match': etag, 'if-modified-since': earlier },
      { 'if-modified-since': date },
      { 'if-modified-since': earlier },
      { 'if-modified-since': later },
      { 'if-modified-since': 'nonsense' },
      { 'if-match': etag },
    ];
    for (const headers of conditions) for (const method of ['GET', 'HEAD']) await same('/notes.txt', headers, method);
  });

  it('obey If-Match as RFC 9110 has it, where Flask takes * for no match', async () => {
    for (const [tag, status] of [
      ['*', 200],
      ['"x"', 412],
    ] as const)
      assert.equal((await get(engine.address, '/notes.txt', { 'if-match': tag })).status, status, tag);
  });

  it('are cut into parts as Flask cuts them', async () => {
    const { etag, 'last-modified': date } = (await get(engine.address, '/notes.txt')).headers as Record<string, string>;
    assert.ok(etag && date);
    const ranges = [
      'bytes=0-0',
      'bytes=2-5',
      'bytes=2-',
      'bytes=-3',
      'bytes=5-500',
      'bytes=11-11',
      'bytes=12-',
      'bytes=500-',
      'bytes=5-2',
      'bytes=-0',
      'bytes=-500',
      'bytes=0-1,3-4',
      'items=0-1',
      'bytes',
      'bytes=',
      'bytes=a-b',
      'bytes=0-4, ',
      'BYTES=0-1',
    ];
    for (const range of ranges) await same('/notes.txt', { range });
    await same('/notes.txt', { range: 'bytes=0-1' }, 'HEAD');
    await same('/empty.txt', { range: 'bytes=0-1' });
    for (const condition of [etag, `W/${etag}`, '"x"', date, 'Thu, 01 Jan 2015 00:00:00 GMT', 'nonsense'])
      await same('/notes.txt', { range: 'bytes=2-5', 'if-range': condition });
    await same('/notes.txt', { range: 'bytes=2-5', 'if-none-match': etag });
    const part = await same('/large.bin', { range: `bytes=1000-${LARGE - 1}` });
    assert.equal(part.headers['content-length'], String(LARGE - 1000));
  });

  it('never come from outside of the folder, by whatever spelling', async () => {
    const outside = createHash('sha256').update('outside').digest('hex');
    const paths = [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/%2e%2e%2fsecret.txt',
      '/assets/../../secret.txt',
      '/assets%2f..%2f..%2fsecret.txt',
      '/..%5csecret.txt',
      '/%2f..%2fsecret.txt',
      `/%2f${root.slice(1).replaceAll('/', '%2f')}%2fsecret.txt`,
      '/./../secret.txt',
      '/secret.txt%00.js',
      '/link.txt',
      '/up/secret.txt',
      '/up%2fsecret.txt',
      '/....//secret.txt',
    ];
    for (const path of paths) {
      const { status, body } = await get(engine.address, path);
      assert.notEqual(body, outside, path);
      assert.ok(status === 404 || status === 200 || status === 400, `${path}: ${status}`);
    }
  });

  it('follow a folder that is replaced while the engine runs', async () => {
    const next = join(root, 'next');
    await cp(spaFixture, next, { recursive: true });
    await writeFile(join(next, 'notes.txt'), 'the next build');
    const served = join(root, 'served');
    await symlink(folder, served);
    const other = await startEngineProcess({ staticFolder: served });
    try {
      const before_ = await get(other.address, '/notes.txt');
      await symlink(next, join(root, 'served-next'));
      await rename(join(root, 'served-next'), served);
      const after_ = await get(other.address, '/notes.txt');
      assert.notEqual(after_.headers.etag, before_.headers.etag);
      assert.equal(after_.body, createHash('sha256').update('the next build').digest('hex'));
    } finally {
      await other.stop();
    }
  });
});
