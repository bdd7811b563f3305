import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLog } from '../../../src/facade/logging/create-log.js';

function collected(): { readonly stderr: Writable; lines(): Record<string, unknown>[] } {
  let text = '';
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return {
    stderr,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

describe("the facade's log", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'facade-log-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const monotonic = () => performance.now();

  it('writes one JSON line per event, from its level on, to standard error and to the file of the day', async () => {
    const { stderr, lines } = collected();
    const log = createLog({ level: 'info', directory, monotonic, stderr });
    log.debug('unheard');
    log.info('heard', { row: 'health' });
    await log.close();
    assert.deepEqual(
      lines().map(({ message, row }) => [message, row]),
      [['heard', 'health']],
    );
    assert.match(await readFile(join(directory, 'facade.log'), 'utf8'), /"message":"heard".*"row":"health"/);
  });

  it('never shows what fields with telling names hold', async () => {
    const { stderr, lines } = collected();
    const log = createLog({ level: 'info', directory: '', monotonic, stderr });
    log.info('x', {
      accessToken: 'planted',
      Authorization: 'planted',
      password: 'planted',
      cookie: 'planted',
      secret: 'planted',
    });
    await log.close();
    assert.equal(JSON.stringify(lines()).includes('planted'), false);
  });

  it('tells once that its file can not be written, and goes on', async () => {
    const blocked = join(directory, 'a-file');
    await writeFile(blocked, '');
    const { stderr, lines } = collected();
    const log = createLog({ level: 'info', directory: join(blocked, 'logs'), monotonic, stderr });
    log.info('one');
    log.info('two');
    await log.close();
    assert.deepEqual(
      lines().map(({ message }) => message),
      ['log-file-failed', 'one', 'two'],
    );
    assert.deepEqual(await readdir(directory), ['a-file']);
  });

  it('drops what comes after its end', async () => {
    const { stderr, lines } = collected();
    const log = createLog({ level: 'info', directory, monotonic, stderr });
    await log.close();
    log.error('late');
    await log.close();
    assert.deepEqual(lines(), []);
  });
});
