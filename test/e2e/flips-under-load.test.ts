/** Rows are flipped to and fro while traffic runs: no request is lost, and a flip is in force as soon as it is answered. */
import assert from 'node:assert/strict';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';
import { type SteadyLoad, startSteadyLoad } from '../kit/steady-load.js';

const FLIPS = 100;

describe('flips under load', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let load: SteadyLoad;

  before(async () => {
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy, args: ['--answers-served-by', 'all'] });
    await facade.engineReady();
    load = startSteadyLoad(facade.address, '/health', 8);
  });
  after(async () => {
    await facade.stop();
    await legacy.stop();
  });

  it('are in force for the first request after their answer', async () => {
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const side = flip % 2 === 0 ? 'engine' : 'legacy';
      await facade.flip('health', side);
      const answer = await fetch(`${facade.address}/health`);
      assert.equal(answer.headers.get('x-facade-served-by'), side, `flip ${flip}`);
    }
  });

  it('lose and fail no request, and both sides answered', async () => {
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.ok((load.answers.legacy ?? 0) > 50 && (load.answers.engine ?? 0) > 50, JSON.stringify(load.answers));
  });

  it('are all kept, with who, why and what', async () => {
    const entries = (await facade.admin('GET', `/audit?limit=${FLIPS + 1}`)) as { entries: { action: string }[] };
    assert.equal(entries.entries.filter(({ action }) => action === 'flip').length, FLIPS);
  });
});
