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
  const found = async (scheduler: string, mode: 'spawn' | 'url' | 'off', database: string | undefined = file) => {
    const text = `version: 1\nsockets: { stage: split, events: { ${EVENTS.join(', ')} } }\nbackground: { scheduler: ${scheduler} }\n`;
    const check = checkTable({ file: 't.yaml', text, version: 1 });
    assert.ok(check.ok);
    const settings = { engine: { mode } } as Parameters<typeof checkScheduler>[1];
    const [finding] = await checkScheduler(check.table.snapshot, settings, database);
    return `${finding?.level}: ${finding?.message} ${finding?.hint ?? ''}`;
  };
  const own = (...ids: number[]) => {
    db.exec('CREATE TABLE IF NOT EXISTS engine_job_owners (job_id INTEGER PRIMARY KEY)');
    for (const id of ids) db.prepare('INSERT INTO engine_job_owners VALUES (?)').run(id);
  };

  it('counts jobs by side, before and after an engine has been there', async () => {
    assert.match(await found('{ owner: legacy }', 'spawn'), /^ok: 3 jobs are the legacy's, 0 the engine's/);
    own(1, 2, 99);
    assert.match(await found('{ owner: engine }', 'spawn'), /^ok: 1 jobs are the legacy's, 2 the engine's/);
  });

  it('finds jobs that nobody runs', async () => {
    assert.match(await found('{ owner: engine }', 'off'), /^problem: .*nobody runs them/);
    assert.match(await found('{ owner: legacy, jobs: { 1: engine } }', 'off'), /^problem: .*nobody runs them/);
    own(1);
    assert.match(
      await found('{ owner: legacy }', 'off'),
      /^problem: 1 jobs are the engine's by the database.*hand-back --offline/,
    );
    assert.match(await found('{ owner: legacy }', 'spawn'), /^note: 1 jobs are the engine's.*after the next tick/);
  });

  it('tells of an engine that goes by its own settings', async () => {
    assert.match(await found('{ owner: engine }', 'url'), /^warning: .*BOREALIS_ENGINE_BACKGROUND/);
  });

  it('says so where the database can not be looked at', async () => {
    const none = join(directory, 'none.db');
    assert.match(
      await found('{ owner: legacy }', 'spawn', none),
      /^ok: is the legacy's by the table; the database can't/,
    );
  });
});
