/** Trying a route before it moves: the real command, facade, engine and legacy, and a header that a person sends along. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type EditedTable, editedTable } from '../kit/edited-table.js';
import { countOf, untilCounted } from '../kit/facade-metrics.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { patientShadowing } from '../kit/patient-shadowing.js';
import { runFacade } from '../kit/run-facade.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const HEADER = 'X-Facade-Override';

describe('a route that is tried before it moves', function () {
  this.timeout(60_000);
  let table: EditedTable;
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let value: string;

  before(async () => {
    table = await editedTable({ stages: { health: 'shadow' } });
    legacy = await startSampleLegacy({ scheduler: 'none' });
    facade = await startFacadeProcess({
      ...{ legacy, tableFile: table.file, ...patientShadowing },
      env: { ...patientShadowing.env, FACADE_ANSWERS_SERVED_BY: 'all' },
    });
    await facade.engineReady();
  });
  after(async () => {
    await facade?.stop();
    await legacy?.stop();
    await table?.remove();
  });

  const servedBy = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(facade.address + path, { headers });
    await answer.text();
    assert.equal(answer.status, 200);
    return answer.headers.get('x-facade-served-by');
  };
  const make = (row: string, side = 'engine') => facade.admin('POST', '/override', { row, side, why: 'a test' });

  it('is answered by the engine for who has the header, and by the legacy for everybody else', async () => {
    const { exit, out, err } = await runFacade({ facade, legacy }, [
      'override',
      'server-time',
      'engine',
      '--why',
      'look',
      '--json',
    ]);
    assert.equal(exit, 0, err);
    const { header } = JSON.parse(out) as { header: string };
    assert.ok(header.startsWith(`${HEADER}: `));
    value = header.slice(HEADER.length + 2);
    assert.equal(await servedBy('/api/server/time', { [HEADER]: value }), 'engine');
    assert.equal(await servedBy('/api/server/time'), 'legacy');
    assert.equal(await servedBy('/health', { [HEADER]: value }), 'legacy', 'another row');
    assert.equal(await servedBy('/api/server/time', { [HEADER]: `${value}0` }), 'legacy', 'tampered with');
  });

  it('is explained as everything else is', async () => {
    const asked = { method: 'GET', path: '/api/server/time', headers: { [HEADER]: value } };
    const { side, stage, reason } = (await facade.admin('POST', '/explain', asked)) as Record<string, string>;
    assert.deepEqual([side, stage], ['engine', 'legacy']);
    assert.match(reason ?? '', /an override until 2\S+Z names the engine/);
  });

  it('stands in the audit, and apart in the metrics', async () => {
    const { entries } = (await facade.admin('GET', '/audit?limit=1')) as { entries: Record<string, string>[] };
    assert.match(entries[0]?.detail ?? '', /^requests of server-time to the engine, until /);
    assert.ok(!JSON.stringify(entries).includes(value.slice(-64)), 'the signature is for its user alone');
    const ignored = 'facade_overrides_ignored_total';
    assert.equal(await countOf(facade, 'facade_override_requests_total', 'row="server-time",side="engine"'), 1);
    assert.equal(await countOf(facade, 'facade_requests_total', 'row="server-time",side="engine"'), 0);
    assert.equal(await countOf(facade, ignored, 'reason="other_row"'), 1);
    assert.equal(await countOf(facade, ignored, 'reason="malformed"'), 1);
  });

  it('is not compared, though its row is at shadow', async () => {
    const compared = (count: number) => untilCounted(facade, count, 'facade_comparisons_total', 'row="health"');
    await compared(1); // That of the request whose override was for another row.
    const { header } = (await make('health')) as { header: string };
    assert.equal(await servedBy('/health', { [HEADER]: header.slice(HEADER.length + 2) }), 'engine');
    assert.equal(await servedBy('/health'), 'legacy');
    await compared(2);
    assert.equal(await countOf(facade, 'facade_comparisons_total', 'row="health"'), 2);
  });

  it('is refused for routes that the engine does not serve, and where it could cost an agent its place', async () => {
    await assert.rejects(make('sites'), /409 .*override_refused.*does not serve POST \/api\/sites/);
    // No agent has enrolled here, so that the engine does not know any: what a flip of this row is refused for.
    await assert.rejects(make('token-refresh'), /409 .*override_refused.*token-refresh can't move to the engine/);
  });

  it('leaves a key that is its owner’s alone', async () => {
    assert.equal((await stat(join(facade.stateDirectory, 'override.key'))).mode & 0o777, 0o600);
  });
});
