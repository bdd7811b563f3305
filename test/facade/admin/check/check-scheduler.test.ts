import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkScheduler } from '../../../../src/facade/admin/check/check-scheduler.js';
import { checkTable } from '../../../../src/facade/table/check-table.js';

const EVENTS = ['connect_agent', 'agent_heartbeat', 'collector_status'].map((name) => `${name}: { stage: engine }`);

describe('facade check, of the scheduler', () => {
  let directory: string;
  let file: string;
  let db: Database.Database;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'check-scheduler-'));
    file = join(directory, 'database.db');
    db = new Database(file);
    db.exec('CREATE TABLE scheduled_jobs (id INTEGER PRIMARY KEY); INSERT INTO scheduled_jobs VALUES (1), (2), (3)');
  });
  afterEach(() => {
    db.close();
    rmSync(directory, { recursive: true });
  });

  /** Level, message and hint as one text. */
  const found = async (
    scheduler: string,
    mode: 'spawn' | 'url' | 'off',
    { database = file as string | undefined, routes = 'legacy' } = {},
  ) => {
    const text = `version: 1\nroutes: [{ id: jobs, match: GET /api/scheduled_jobs, stage: ${routes} }]\nsockets: { stage: split, events: { ${EVENTS.join(', ')} } }\nbackground: { scheduler: ${scheduler} }\n`;
    const check = checkTable({ file: 't.yaml', text, version: 1 });
    assert.ok(check.ok);
    const settings = { engine: { mode } } as Parameters<typeof checkScheduler>[1];
    const findings = await checkScheduler(check.table.snapshot, settings, database);
    return findings.map(({ level, message, hint = '' }) => `${level}: ${message} ${hint}`).join('\n');
  };
  const own = (...ids: number[]) => {
    db.exec('CREATE TABLE IF NOT EXISTS engine_job_owners (job_id INTEGER PRIMARY KEY, owned_since INTEGER)');
    for (const id of ids) db.prepare('INSERT INTO engine_job_owners (job_id) VALUES (?)').run(id);
  };

  it('counts jobs by side, before and after an engine has been there', async () => {
    assert.match(await found('{ owner: legacy }', 'spawn'), /^ok: 3 jobs are the legacy's, 0 the engine's/);
    own(1, 2, 99);
    assert.match(await found('{ owner: engine }', 'spawn'), /^ok: 1 job is the legacy's, 2 the engine's/);
  });

  it('finds jobs that nobody runs', async () => {
    assert.match(await found('{ owner: engine }', 'off'), /^problem: .*nobody runs them/);
    assert.match(await found('{ owner: legacy, jobs: { 1: engine } }', 'off'), /^problem: .*nobody runs them/);
    own(1);
    assert.match(
      await found('{ owner: legacy }', 'off'),
      /^problem: 1 job is the engine's by the database.*hand-back --offline/,
    );
    assert.match(await found('{ owner: legacy }', 'spawn'), /^note: 1 job is the engine's.*after the next tick/);
  });

  it('names jobs of the table that are not there', async () => {
    assert.match(
      await found('{ owner: legacy, jobs: { 1: engine, 12: engine, 15: engine } }', 'spawn'),
      /^warning: the table names jobs that are not there: 12, 15 /m,
    );
    assert.doesNotMatch(await found('{ owner: legacy, jobs: { 1: engine } }', 'spawn'), /not there/);
  });

  it('tells that the legacy shows jobs of the engine as disabled', async () => {
    assert.doesNotMatch(await found('{ owner: engine }', 'spawn'), /disabled/, 'it has none yet');
    own(1);
    assert.match(await found('{ owner: engine }', 'spawn'), /^warning: .*show as disabled.* facade flip jobs engine/m);
    assert.doesNotMatch(await found('{ owner: engine }', 'spawn', { routes: 'engine' }), /disabled/);
  });

  it('tells of an engine that goes by its own settings', async () => {
    assert.match(await found('{ owner: engine }', 'url'), /^warning: .*BOREALIS_ENGINE_BACKGROUND/);
  });

  it('says so where the database can not be looked at', async () => {
    const none = join(directory, 'none.db');
    assert.match(
      await found('{ owner: legacy }', 'spawn', { database: none }),
      /^ok: is the legacy's by the table; the database can't/,
    );
  });
});
