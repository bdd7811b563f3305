/** An engine with another key than the legacy's must not get rows that carry tokens: agents would lose theirs. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

describe('an engine with a key of its own', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let agent: SampleAgent;
  let foreign: string;

  before(async () => {
    foreign = await mkdtemp(join(tmpdir(), 'foreign-keys-'));
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy, env: { BOREALIS_SERVER_ROOT: foreign } });
    await facade.engineReady();
    agent = await startSampleAgent({
      server: facade.address,
      code: await makeInstallCode(legacy),
      timeScale: 0.05,
      refreshBefore: 900,
    });
    await approveAgent(legacy, agent);
    await agent.waitFor('enrolled');
  });
  after(async () => {
    await agent.stop();
    await facade.stop();
    await legacy.stop();
    await rm(foreign, { recursive: true });
  });

  it('does not get token-refresh by a flip, which says why', async () => {
    await assert.rejects(facade.flip('token-refresh', 'engine'), /409 .*engine_not_fit.*do not share one key file/);
    await assert.rejects(facade.flip('token-refresh', 'canary', { percent: 1 }), /engine_not_fit/);
  });

  it('nor by an edit of the file, which is refused as a whole', async () => {
    const text = await readFile(facade.tableFile, 'utf8');
    await writeFile(facade.tableFile, text.replace(/(id: token-refresh,.*stage: )legacy/, '$1engine'));
    await assert.rejects(facade.flip('health', 'engine'), /table_rejected.*engine is fit for/);
    await writeFile(facade.tableFile, text);
  });

  it('nor rows whose routes it does not serve yet', async () => {
    await assert.rejects(facade.flip('site-tree', 'engine'), /engine_not_fit.*does not serve POST \/api\/sites/);
  });

  it('but gets rows without tokens, and the ways back are open', async () => {
    await facade.flip('health', 'engine');
    await facade.flip('health', 'legacy');
  });

  it('costs the agent nothing', async () => {
    assert.equal((await agent.waitForNext('refreshed')).status, 200);
    assert.equal((await agent.waitForNext('heartbeat')).status, 200);
    assert.deepEqual(agent.fatal(), []);
  });
});
