import assert from 'node:assert/strict';
import { type RunningAdmin, startAdminForCli } from './cli-fixture.js';

describe('facade override', () => {
  let facade: RunningAdmin;
  before(async () => {
    facade = await startAdminForCli();
  });
  after(() => facade.close());

  it('prints the header, until when, and how to send it', async () => {
    const { exit, out } = await facade.cli(['override', 'health', 'engine', '--why', 'look']);
    assert.equal(exit, 0);
    assert.match(out, /^X-Facade-Override: v1;engine;health;\d+;[0-9a-f]{64}$/m);
    assert.match(out, /^Until 2\S+Z, requests of health that carry it go to the engine\.$/m);
    assert.match(out, /^Send it with: curl -H 'X-Facade-Override: v1;/m);
  });

  it('says what to mind', async () => {
    const { out } = await facade.cli(['override', 'enroll-poll', 'engine', '--why', 'look']);
    assert.match(out, /^Mind: the engine executes writes for real/m);
  });

  it('lasts for as long as asked', async () => {
    const until = async (...args: string[]) => {
      const { out } = await facade.cli(['override', 'health', 'legacy', '--why', 'x', '--json', ...args]);
      return (Date.parse(JSON.parse(out).until) - Date.now()) / 1000;
    };
    assert.ok((await until()) <= 600);
    assert.ok((await until('--for', '90s')) <= 90);
    assert.ok((await until('--for', '24h')) > 86_000);
    for (const wrong of ['0s', '25h', '10', 'soon', '-5m'])
      assert.equal((await facade.cli(['override', 'health', 'engine', '--why', 'x', '--for', wrong])).exit, 2, wrong);
  });

  it('is explained by the running facade, and left open by the file alone', async () => {
    const { out } = await facade.cli(['override', 'health', 'engine', '--why', 'x', '--json']);
    const { header } = JSON.parse(out) as { header: string };
    const explained = await facade.cli(['explain', 'GET', '/health', '--header', header]);
    assert.match(explained.out, /^GET \/health -> engine$/m);
    const offline = await facade.cli(['explain', 'GET', '/health', '--header', header, '--offline'], {
      env: { FACADE_TABLE_FILE: `${facade.directory}/table.yaml` },
    });
    assert.match(offline.out, /only the running facade can say whether its override counts/);
  });

  it('needs a reason and a side that there is', async () => {
    assert.equal((await facade.cli(['override', 'health', 'engine'])).exit, 2);
    assert.equal((await facade.cli(['override', 'health', 'shadow', '--why', 'x'])).exit, 2);
    const unknown = await facade.cli(['override', 'nope', 'engine', '--why', 'x']);
    assert.equal(unknown.exit, 3);
    assert.match(unknown.err, /facade routes/);
  });
});
