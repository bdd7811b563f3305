/** Before events move towards the engine, it is asked whether it has handlers for them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlipGuard, type GuardedSides } from '../../../src/facade/flip-guard/flip-guard.js';
import { engineTarget, type SideTarget } from '../../../src/facade/forwarding/side-target.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import { LEGACY_EVENTS } from '../../../src/legacy-bridge/realtime/client-events.js';
import { silentLog } from '../../kit/silent-log.js';

function table(sockets: string, events = ''): TableSnapshot {
  const text = `version: 1\nroutes: [{ id: a, match: GET /a, stage: legacy }]\nsockets: { stage: ${sockets}, events: { ${events} } }\n`;
  const check = checkTable({ file: 't.yaml', text, version: 1 });
  assert.ok(check.ok);
  return check.table.snapshot;
}

describe('FlipGuard, of events', () => {
  let server: Server;
  let engine: SideTarget;
  let handled: readonly string[];
  const guard = new FlipGuard(silentLog);
  before(async () => {
    server = createServer((_request, response) => response.end(JSON.stringify({ routes: [], events: handled })));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    engine = engineTarget({ url }, { connectTimeoutMs: 1000, sideConnections: 2 });
    // Rows without tokens ask the engine alone.
    guard.connect({ engine } as GuardedSides);
  });
  after(async () => {
    await engine.close();
    server.close();
  });
  beforeEach(() => {
    handled = LEGACY_EVENTS;
  });

  it('refuses those that the engine has no handler for, towards any part of it', async () => {
    for (const stage of ['shadow', 'canary, canary: { percent: 1 }', 'engine', 'retired'])
      assert.equal(
        await guard.check(table('split', `own: { stage: ${stage}, custom: true }`), table('split')),
        'The engine has no handler for own yet.',
      );
  });

  it('lets those move that it handles, and any of them back', async () => {
    assert.equal(await guard.check(table('split', 'macro_status: { stage: engine }'), table('split')), undefined);
    const own = table('split', 'own: { stage: engine, custom: true }');
    assert.equal(await guard.check(table('legacy', 'own: { stage: engine, custom: true }'), own), undefined);
    assert.equal(await guard.check(table('split', 'own: { stage: legacy, custom: true }'), own), undefined);
  });

  it('asks for rows when they come into force, not before', async () => {
    const kept = table('legacy', 'own: { stage: engine, custom: true }');
    assert.equal(await guard.check(kept, table('legacy')), undefined);
    assert.match((await guard.check(table('split', 'own: { stage: engine, custom: true }'), kept)) ?? '', /own/);
  });

  it('asks for all that the legacy handles when the sockets move as a whole', async () => {
    assert.equal(await guard.check(table('engine'), table('legacy')), undefined);
    handled = LEGACY_EVENTS.filter((event) => event !== 'quick_job_result');
    assert.equal(
      await guard.check(table('engine'), table('split')),
      'The engine has no handler for quick_job_result yet.',
    );
  });
});
