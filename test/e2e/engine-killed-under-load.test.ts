/** The engine is killed while it answers safe requests: none of them fails. */
import assert from 'node:assert/strict';
import { type EditedTable, editedTable } from '../kit/edited-table.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';
import { startSteadyLoad } from '../kit/steady-load.js';

describe('an engine killed under load', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let table: EditedTable;

  before(async () => {
    legacy = await startSampleLegacy();
    // The guard would rightly move a row back that is flipped to an engine which dies within its first window.
    table = await editedTable({ guard: 'off' });
    facade = await startFacadeProcess({ legacy, tableFile: table.file, args: ['--answers-served-by', 'all'] });
    await facade.engineReady();
    await facade.flip('server-time', 'engine');
  });
  after(async () => {
    await facade.stop();
    await legacy.stop();
    await table.remove();
  });

  it('fails no safe request', async () => {
    const load = startSteadyLoad(facade.address, '/api/server/time', 8);
    let pid = await facade.engineReady();
    for (let kill = 0; kill < 3; kill += 1) {
      const answered = load.answers.engine ?? 0;
      while ((load.answers.engine ?? 0) < answered + 100) await new Promise((resolve) => setImmediate(resolve));
      process.kill(pid, 'SIGKILL');
      pid = await facade.engineReady(pid);
    }
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.ok((load.answers.legacy ?? 0) > 0, 'the legacy answered meanwhile');
  });
});
