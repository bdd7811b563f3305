/** An engine with another key than the legacy's must not get rows that carry tokens: agents would lose theirs. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';

describe('an engine with a key of its own', function () {
  this.timeout(60_000);
  let foreign: string;
  let world: AgentWorld;

  before(async () => {
    foreign = await mkdtemp(join(tmpdir(), 'foreign-keys-'));
    world = await startAgentWorld({ facade: { env: { BOREALIS_SERVER_ROOT: foreign } } });
  });
  after(async () => {
    await world?.stop();
    await rm(foreign, { recursive: true });
  });

  it('does not get token-refresh by a flip, which says why', async () => {
    await assert.rejects(
      world.facade.flip('token-refresh', 'engine'),
      /409 .*engine_not_fit.*do not share one key file/,
    );
    await assert.rejects(world.facade.flip('token-refresh', 'canary', { percent: 1 }), /engine_not_fit/);
    await assert.rejects(world.facade.flip('token-refresh', 'shadow'), /engine_not_fit/);
  });

  it('nor by an edit of the file, which is refused as a whole', async () => {
    const text = await readFile(world.facade.tableFile, 'utf8');
    await writeFile(world.facade.tableFile, text.replace(/(id: token-refresh,.*stage: )legacy/, '$1engine'));
    await assert.rejects(world.facade.flip('health', 'engine'), /table_rejected.*engine is fit for/);
    await writeFile(world.facade.tableFile, text);
  });

  it('nor rows whose routes it does not serve yet', async () => {
    await assert.rejects(world.facade.flip('site-tree', 'engine'), /engine_not_fit.*does not serve POST \/api\/sites/);
    await assert.rejects(world.facade.flip('site-tree', 'shadow'), /engine_not_fit.*does not serve POST/);
  });

  it('but gets rows without tokens, and the ways back are open', async () => {
    await world.facade.flip('health', 'engine');
    await world.facade.flip('health', 'legacy');
  });

  it('costs the agent nothing', async () => {
    assert.equal((await world.agent.waitForNext('refreshed')).status, 200);
    assert.equal((await world.agent.waitForNext('heartbeat')).status, 200);
    assert.deepEqual(world.agent.fatal(), []);
  });
});
