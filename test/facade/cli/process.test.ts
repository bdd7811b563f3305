import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FacadeProcess, startFacadeProcess } from '../../kit/facade-process.js';
import { projectRoot } from '../../kit/python.js';
import { type SampleLegacy, startSampleLegacy } from '../../kit/sample-legacy.js';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

describe('The facade command as a process', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  before(async () => {
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy });
  });
  after(async () => {
    await facade.stop();
    await legacy.stop();
  });

  const run = (...args: string[]): Promise<{ exit: number; out: string; err: string }> =>
    new Promise((resolve) => {
      // The settings that the facade was started with, as an operator's environment has them; the port is the one bound.
      const env = {
        ...process.env,
        FACADE_ADMIN_PORT: new URL(facade.adminAddress).port,
        FACADE_STATE_DIRECTORY: facade.stateDirectory,
        FACADE_TABLE_FILE: facade.tableFile,
        FACADE_LEGACY_URL: legacy.url,
      };
      const script = join(projectRoot, 'src', 'facade', 'main.ts');
      const child = execFile(process.execPath, ['--import', TSX, script, ...args], { env }, (_error, out, err) =>
        resolve({ exit: child.exitCode ?? -1, out, err }),
      );
    });

  it('finds the running facade by the same settings, flips, explains, and goes back', async () => {
    await facade.engineReady();
    const flip = await run('flip', 'health', 'engine', '--why', 'first row');
    assert.equal(flip.exit, 0, flip.err);
    const { out: rows } = await run('routes');
    assert.match(rows, /^engine +health /m);
    assert.match(rows, /^legacy \(not served\) +device-details /m);
    assert.match(rows, /^legacy \(POST not served\) +sites /m);
    assert.match((await run('explain', 'GET', '/health')).out, /^GET \/health -> engine$/m);
    assert.equal((await run('rollback', '--why', 'and back')).exit, 0);
    assert.match((await run('explain', 'GET', '/health')).out, /^GET \/health -> legacy$/m);
    assert.match((await run('audit')).out, /rollback .* via admin API +and back/);
  });

  it('tells status and check of real parts', async () => {
    const status = await run('status');
    assert.match(status.out, /^facade +running for /m);
    assert.match(status.out, /^engine +answers, ready since /m);
    const check = await run('check', '--json');
    assert.equal(check.exit, 0, check.out);
    assert.equal((JSON.parse(check.out) as { by: string }).by, 'facade');
  });

  it('says at the start where the engine would make what it is to share, and which file is missing', async () => {
    assert.ok(!facade.log.some(({ message }) => message === 'shared'));
    const nowhere = join(facade.folder, 'nowhere');
    const places = ['--project-root', nowhere, '--state-directory', join(facade.folder, 'other-state')];
    const files = ['--tls-certificate', join(nowhere, 'bundle.pem'), '--tls-key', join(nowhere, 'key.pem')];
    const { exit, err } = await run('start', ...places, ...files);
    assert.equal(exit, 1);
    assert.match(err, /"message":"shared".*nowhere\/database\.db: the engine would make an empty one/);
    assert.match(err, /^error: tls\.certificate: .*bundle\.pem can't be read/m);
  });

  it('gives its exit codes to the shell', async () => {
    assert.equal((await run('nonsense')).exit, 2);
    assert.equal((await run('flip', 'nope', 'engine', '--why', 'x')).exit, 3);
    assert.equal((await run('status', '--admin-url', 'http://127.0.0.1:9')).exit, 4);
    assert.equal((await run('status', '--token-file', '/nowhere')).exit, 5);
  });
});
