/** Every route of the engine can be dry-run, or says why not; a dry run tells what then really happens, and leaves no trace. */
import assert from 'node:assert/strict';
import type { ColumnValue, Effects, RowChange } from '../../../src/legacy-bridge/effects/effects.js';
import type { EffectsObserver } from '../../../src/legacy-bridge/effects/effects-observer.js';
import { startEffectsObserver } from '../../../src/legacy-bridge/effects/start-effects-observer.js';
import { LEGACY_ROUTES } from '../../../src/legacy-bridge/legacy-routes.js';
import { WRITING_CALLS } from '../../kit/dry-run-calls.js';
import { type DryRunWorld, startDryRunWorld } from '../../kit/dry-run-world.js';

/** Routes that change nothing, whatever they are sent. A new route belongs here or among the writing calls. */
const READING = [
  'GET /health',
  'GET /api/server/time',
  'GET /api/admin/enrollment-codes',
  'GET /api/admin/device-approvals',
  'GET /api/agent/:agent_id/node/:node_id/screenshot/live',
  'GET /api/agent/hash',
  'HEAD /api/agent/hash',
  'GET /api/agent/hash_list',
  'GET /api/agents',
  'GET /api/auth/me',
  'GET /api/sites',
  'GET /api/device/activity/:hostname',
  'GET /api/device/activity/job/:job_id(int)',
  'GET /api/scheduled_jobs',
  'GET /api/scheduled_jobs/:job_id(int)',
  'GET /api/scheduled_jobs/:job_id(int)/runs',
  'GET /api/scheduled_jobs/:job_id(int)/devices',
  'GET /api/ansible/recaps',
  'GET /api/ansible/recap/:recap_id(int)',
  'GET /api/ansible/run_for_activity/:activity_id(int)',
  'GET /',
  'GET /:filename(path)',
];

/** Routes that can't be dry-run, with the reason that operators see. */
const NOT_DRY_RUNNABLE: Readonly<Record<string, string>> = {};

/** Columns whose values two honest runs choose anew, or that tell the time. */
const CHOSEN =
  /(^|_)(id|guid|reference|nonce|hash|code|fingerprint|seen|at|utc|login|jkt)$|^password_encrypted$|^hostname$/;

describe('dry runs of every route', () => {
  let world: DryRunWorld;
  let observer: EffectsObserver;
  before(async () => {
    world = await startDryRunWorld();
    observer = startEffectsObserver({ file: world.engine.databaseFile, answerMs: 10_000 });
  });
  after(async () => {
    await observer.close();
    await world.stop();
  });

  it('each route of the engine is known to write, to read, or to be unable', async () => {
    const { body } = await world.live({
      method: 'GET',
      path: '/engine/internal/routes',
      headers: { 'x-forwarded-for': '' },
    });
    assert.equal(body.routes, undefined, 'clients of the facade do not see it');
    const answer = await world.pool.request({ method: 'GET', path: '/engine/internal/routes' });
    const { routes, dry_run: version } = (await answer.body.json()) as {
      dry_run: string;
      routes: { rule: string; methods: string[]; not_dry_runnable: Record<string, string> }[];
    };
    assert.equal(version, '1');
    const all = routes.flatMap(({ rule, methods }) => methods.map((method) => `${method} ${rule}`));
    const known = [...WRITING_CALLS.map(({ route }) => route), ...READING, ...Object.keys(NOT_DRY_RUNNABLE)];
    assert.deepEqual([...all].sort(), [...known].sort());
    const unable = routes.flatMap(({ rule, not_dry_runnable: reasons }) =>
      Object.entries(reasons).map(([method, why]) => [`${method} ${rule}`, why]),
    );
    assert.deepEqual(Object.fromEntries(unable), NOT_DRY_RUNNABLE);
  });

  for (const { route, status, tables, make } of WRITING_CALLS)
    it(`${route} leaves no trace, and tells what then happens`, async () => {
      const call = await make(world);
      const before = await world.trace();
      const dry = await world.dryRun(call);
      assert.ok(dry.outcome === 'run', JSON.stringify(dry));
      assert.equal(dry.answer.status, status, dry.answer.body.toString());
      const again = await world.dryRun(call);
      assert.deepEqual(await world.trace(), before);
      assert.ok(again.outcome === 'run');
      assert.deepEqual(shape(again.effects), shape(dry.effects));
      assert.equal(again.answer.status, status);

      const observation = await observer.open();
      const live = await world.live(call);
      const seen = await observation.finish(dry.effects);
      assert.equal(live.status, status, live.text);
      assert.deepEqual([...new Set(dry.effects.rows.map(({ table }) => table))].sort(), tables);
      assert.deepEqual(shape(dry.effects), shape(seen.effects));
      assert.deepEqual([seen.disturbed, seen.notSearched], [false, []]);
      assert.deepEqual(Object.keys(JSON.parse(dry.answer.body.toString())), Object.keys(live.body));
      assert.deepEqual(
        dry.answer.headers.map(([name]) => name).sort(),
        Object.entries(live.headers)
          .flatMap(([name, value]) => [value].flat().map(() => name))
          .filter((name) => !['date', 'connection', 'keep-alive'].includes(name))
          .sort(),
      );
    });

  it('reads answer as they do live, HEAD too, and leave no trace', async () => {
    const before = await world.trace();
    for (const path of [
      '/health',
      '/api/sites',
      '/api/agent/hash_list',
      '/no/such/page',
      '/api/sites/',
      '/api/auth/me',
    ])
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const dry = await world.dryRun({ method, path });
        const live = await world.live({ method, path });
        assert.ok(dry.outcome === 'run', `${method} ${path}`);
        assert.deepEqual(
          [dry.answer.status, dry.answer.body.toString()],
          [live.status, live.text],
          `${method} ${path}`,
        );
        assert.deepEqual(dry.effects, { rows: [], events: [], calls: [] });
        assert.equal(dry.lockMs, 0);
      }
    assert.deepEqual(await world.trace(), before);
  });

  it('routes that only the legacy serves are told apart', async () => {
    const { body } = (await world.pool.request({ method: 'GET', path: '/engine/internal/routes' })) as never as {
      body: { json(): Promise<{ routes: { rule: string }[] }> };
    };
    const served = new Set((await body.json()).routes.map(({ rule }) => rule));
    const legacyOnly = LEGACY_ROUTES.find(
      ({ rule, methods }) => !served.has(rule) && !rule.includes(':') && methods.includes('POST'),
    );
    const reply = await world.dryRun({ path: legacyOnly?.rule ?? '', body: {} });
    assert.ok(reply.outcome === 'not-run' && reply.reason === 'not_served', JSON.stringify(reply));
  });
});

/** What was changed, without what two honest runs choose each for themselves. */
function shape(effects: Effects): readonly unknown[] {
  return effects.rows.map(shapeOf).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function shapeOf({ table, change, before, after }: RowChange): unknown {
  const columns = Object.keys(after ?? before ?? {});
  const changed = columns.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  const values = changed.map((name) => [name, CHOSEN.test(name) ? kindOf(after?.[name]) : after?.[name]]);
  return [table, change, values];
}

function kindOf(value: ColumnValue | undefined): string {
  return value === null ? 'null' : typeof value;
}
