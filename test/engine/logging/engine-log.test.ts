/** The log: its line, its file of the day, its rotation, and that nothing about it can stop the server. */
import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createEngineLog } from '../../../src/engine/logging/create-engine-log.js';
import { formatLine } from '../../../src/engine/logging/format-line.js';
import { loggedValue } from '../../../src/engine/logging/logged-value.js';
import { maskAuthorization, maskCode, maskHeaders } from '../../../src/engine/logging/mask.js';

const DAY_MS = 86_400_000;
/** Local noon, so that a day's step is a day in any zone. */
const noon = new Date(2025, 9, 27, 12, 0, 0, 7);
const dayName = (at: Date) => formatLine(at, '').slice(0, 10);

describe('engine log', () => {
  const realNow = Date.now;
  let directory: string;
  let now: Date;
  let clock: number;
  let told: string;
  let log: ReturnType<typeof createEngineLog>;

  const open = (debug = false) => {
    const stderr = new PassThrough();
    stderr.on('data', (chunk) => {
      told += String(chunk);
    });
    log = createEngineLog({ directory, debug, now: () => now, monotonic: () => clock, stderr });
  };
  const read = (name = 'engine.log') => readFileSync(join(directory, name), 'utf8');
  const rotated = () =>
    readdirSync(directory)
      .filter((name) => name.startsWith('engine.log.'))
      .sort();

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'engine-log-')), 'Logs', 'Server');
    now = noon;
    clock = 0;
    told = '';
    // The rotating library has no clock of its own to pass.
    Date.now = () => now.getTime();
  });
  afterEach(async () => {
    await log.close().catch(() => undefined);
    Date.now = realNow;
    rmSync(join(directory, '..', '..'), { recursive: true, force: true });
  });

  it('writes engine.log in the legacy line format', async () => {
    open();
    log.info('bootstrap-started');
    log.debug('not shown');
    await log.close();
    assert.equal(read(), '2025-10-27 12:00:00,007-engine-bootstrap-started\n');
  });

  it('takes lines after its end: the file has them no more, standard error those that matter', async () => {
    open();
    log.info('before');
    await log.close();
    log.info('after');
    log.warn('careful');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(read(), '2025-10-27 12:00:00,007-engine-before\n');
    assert.match(told, /-engine-careful\n$/);
  });

  it('shows debug lines when asked, and warnings on standard error too', async () => {
    open(true);
    log.debug('shown');
    log.warn('careful');
    await log.close();
    assert.match(read(), /-engine-shown\n.*-engine-careful\n$/s);
    assert.match(told, /-engine-careful\n$/);
    assert.doesNotMatch(told, /shown/);
  });

  it('lets nobody forge a line', () => {
    assert.doesNotMatch(formatLine(noon, 'host=a\r\n2025-10-27 12:00:00,000-engine-forged'), /[\r\n]/);
    const odd = 'a\x00\x0b\x0c\x1b[2J\x7f\x85\x9b\u2028\u2029\tb';
    assert.equal(
      formatLine(noon, odd),
      `${formatLine(noon, '')}a\\u0000\\u000b\\u000c\\u001b[2J\\u007f\\u0085\\u009b\\u2028\\u2029\\tb`,
    );
  });

  it('lets no value pass for another field', () => {
    for (const plain of ['WS-01', '10.0.0.1', 'fe80::1%eth0', 'ABC***234']) assert.equal(loggedValue(plain), plain);
    assert.equal(loggedValue('PC code_mask=x'), '"PC code_mask=x"');
    assert.equal(loggedValue('PC" ip=1'), '"PC\\" ip=1"');
    assert.deepEqual(['', 'a=b', 'Zoë'].map(loggedValue), ['""', '"a=b"', '"Zoë"']);
    assert.equal(loggedValue('x'.repeat(1e6)), 'x'.repeat(64));
    assert.equal(loggedValue('😀'.repeat(100)), `"${'😀'.repeat(64)}"`);
  });

  it('begins a new file at local midnight and goes on under the same name', async () => {
    open();
    log.info('first day');
    now = new Date(noon.getTime() + DAY_MS);
    log.info('second day');
    await log.close();
    assert.match(read(), /second day/);
    assert.doesNotMatch(read(), /first day/);
    assert.deepEqual(rotated(), ['engine.log.2025-10-27', 'engine.log.2025-10-28']);
    assert.match(read('engine.log.2025-10-27'), /first day/);
  });

  it('keeps today and 30 older days', async () => {
    open();
    for (let day = 0; day < 35; day += 1) {
      now = new Date(noon.getTime() + day * DAY_MS);
      log.info(`day ${day}`);
      await waitUntil(() => existsSync(join(directory, `engine.log.${dayName(now)}`)));
    }
    await log.close();
    const files = rotated();
    assert.equal(files.length, 31, files.join(' '));
    assert.equal(files.at(-1), `engine.log.${dayName(now)}`);
  });

  it('goes on with the file of the same day after a restart', async () => {
    open();
    log.info('before');
    await log.close();
    open();
    log.info('after');
    await log.close();
    assert.match(read(), /before\n.*after\n$/s);
  });

  it('sets an ordinary engine.log aside under its day', async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'engine.log'), 'older engine\n');
    open();
    log.info('now');
    await log.close();
    assert.ok(lstatSync(join(directory, 'engine.log')).isSymbolicLink());
    assert.match(read(), /now/);
    assert.ok(rotated().some((name) => read(name).startsWith('older engine\n')));
  });

  it('survives a folder that can not be made, tells it once, and comes back when it can', async () => {
    const parent = join(directory, '..');
    mkdirSync(join(parent, '..'), { recursive: true });
    writeFileSync(parent, 'a file in the way');
    open();
    for (let n = 0; n < 5; n += 1) log.info(`lost ${n}`);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(told.match(/log-file-failed/g)?.length, 1, told);
    rmSync(parent);
    clock += 2000;
    log.info('back');
    await log.close();
    assert.match(read(), /-engine-back\n$/);
  });

  it('survives a full disk and writes again when there is room', async () => {
    mkdirSync(directory, { recursive: true });
    // Every write to this device fails with ENOSPC.
    symlinkSync('/dev/full', join(directory, `engine.log.${dayName(noon)}`));
    open();
    log.info('lost');
    await waitUntil(() => told.includes('ENOSPC'));
    rmSync(join(directory, `engine.log.${dayName(noon)}`));
    clock += 2000;
    log.info('kept');
    await log.close();
    assert.match(read(), /-engine-kept\n$/);
  });
});

describe('masks', () => {
  it('show the ends of a long code and nothing of a short one', () => {
    assert.equal(maskCode('ABCD-EFGH-1234'), 'ABC***234');
    assert.equal(maskCode('ABCDEF'), '***');
  });

  it('show the ends of a bearer token, and no other secret', () => {
    assert.equal(maskAuthorization('Bearer abcdefghijkl'), 'Bearer abcd***ijkl');
    assert.equal(maskAuthorization('bearer abcdefgh'), 'bearer ********');
    assert.equal(maskAuthorization('Basic dXNlcjpwYXNz'), 'Basic ***');
    assert.equal(maskAuthorization('justatoken'), '***');
  });

  it('cover headers', () => {
    assert.equal(maskHeaders({}), '<no-headers>');
    assert.equal(
      maskHeaders({ Host: 'x', Cookie: 'session=1', Authorization: 'Bearer abcdefghijkl', DPoP: 'eyJ' }),
      'Host=x Cookie=<redacted> Authorization=Bearer abcd***ijkl DPoP=***',
    );
  });
});

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
