/** A row at `verify` whose engine answers something else than the legacy: it goes back over what comparing finds. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type FailingSide, startFailingSide } from '../kit/failing-side.js';
import { NEVER_SHED } from '../kit/patient-shadowing.js';

const TABLE = `version: 1
routes:
  - { id: differs, match: GET /differs, stage: shadow, guard: { window: 60s, minRequests: 10 } }
  - { id: ignored, match: GET /ignored, stage: verify, guard: { window: 60s, minRequests: 10 }, compare: { ignore: [body.from] } }
`;

describe('the guard, with an engine that answers otherwise', function () {
  this.timeout(60_000);
  let directory: string;
  let legacy: FailingSide;
  let engine: FailingSide;
  let facade: FacadeProcess;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'facade-guard-'));
    writeFileSync(join(directory, 'table.yaml'), TABLE);
    legacy = await startFailingSide('legacy');
    engine = await startFailingSide('engine');
    facade = await startFacadeProcess({
      legacy: { url: legacy.origin, root: directory, databaseFile: '', bundleFile: '', rootCertificateFile: '' },
      tableFile: join(directory, 'table.yaml'),
      args: ['--engine-mode', 'url', '--engine-url', engine.origin, ...NEVER_SHED],
    });
  });
  after(async () => {
    await facade.stop();
    await Promise.all([legacy.close(), engine.close()]);
    rmSync(directory, { recursive: true });
  });

  interface Window {
    readonly compared: number;
    readonly mismatches: number;
  }
  const windowOf = async (id: string): Promise<Window | undefined> => {
    const { rows } = (await facade.admin('GET', '/guard')) as { rows: { row: string; window: Window }[] };
    return rows.find(({ row }) => row === id)?.window;
  };

  it('moves the row back to shadow, where it came from; ignored differences move none', async () => {
    await facade.flip('differs', 'verify');
    const until = performance.now() + 20_000;
    const moved = async () => (await windowOf('differs')) === undefined;
    while (!(await moved()) && performance.now() < until) {
      await (await fetch(`${facade.address}/differs`)).arrayBuffer();
      await (await fetch(`${facade.address}/ignored`)).arrayBuffer();
    }
    const { stage, heldUntil } = (await facade.admin('GET', '/routes/differs')) as { stage: string; heldUntil: string };
    assert.equal(stage, 'shadow');
    assert.ok(Date.parse(heldUntil) > Date.now());
    const { entries } = (await facade.admin('GET', '/audit?limit=1')) as { entries: { who: string; why: string }[] };
    assert.match(
      entries[0]?.why ?? '',
      /^\d+ of \d+ comparisons in the last 60 s were mismatches \(100 %, allowed are 5 %\)/,
    );
    while (((await windowOf('ignored'))?.compared ?? 0) < 10 && performance.now() < until)
      await (await fetch(`${facade.address}/ignored`)).arrayBuffer();
    const window = await windowOf('ignored');
    assert.ok(window !== undefined && window.compared >= 10, JSON.stringify(window));
    assert.equal(window.mismatches, 0);
  });
});
