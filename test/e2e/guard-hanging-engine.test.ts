/** An engine that hangs (SIGSTOP) while it serves a canary: the row goes back within its window, and no read fails. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';
import { startSteadyLoad } from '../kit/steady-load.js';

const TABLE = `version: 1
routes:
  - id: server-time
    match: GET /api/server/time
    stage: legacy
    timeoutMs: 400
    canary: { percent: 100 }
    guard: { window: 20s, minRequests: 40 }
`;

describe('the guard, with an engine that hangs', function () {
  this.timeout(60_000);
  let directory: string;
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'facade-guard-'));
    writeFileSync(join(directory, 'table.yaml'), TABLE);
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({
      legacy,
      tableFile: join(directory, 'table.yaml'),
      args: ['--answers-served-by', 'all'],
    });
  });
  after(async () => {
    await facade.stop();
    await legacy.stop();
    rmSync(directory, { recursive: true });
  });

  it('moves the row back, and no client of it sees a failure', async () => {
    const pid = await facade.engineReady();
    await facade.flip('server-time', 'canary');
    const load = startSteadyLoad(facade.address, '/api/server/time', 4);
    while ((load.answers.engine ?? 0) < 50 && load.failures.length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    const from = performance.now();
    process.kill(pid, 'SIGSTOP');
    try {
      const moved = async () =>
        ((await facade.admin('GET', '/routes/server-time')) as { stage: string }).stage === 'legacy';
      while (!(await moved()) && performance.now() - from < 20_000)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.ok(await moved(), 'within the window');
    } finally {
      process.kill(pid, 'SIGCONT');
      await load.stop();
    }
    assert.deepEqual(load.failures, []);
    const { entries } = (await facade.admin('GET', '/audit?limit=1')) as { entries: { who: string; why: string }[] };
    assert.equal(entries[0]?.who, 'guard');
    assert.match(entries[0]?.why ?? '', /^\d+ of \d+ requests to the engine in the last 20 s (failed|timed out)/);
    await assert.rejects(facade.flip('server-time', 'canary'), /held_down/);
  });
});
