/** Runs on the server where others are in the way: a lock, a second engine, rows that somebody changed, thousands at once. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { type AnsibleStandIn, ansibleStandIn, isAlive, namesIn } from '../../kit/ansible-stand-in.js';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';

describe('playbooks on the server, in trouble', function () {
  this.timeout(60_000);
  let root: string;
  let standIn: AnsibleStandIn;
  let engines: EngineProcess[];
  let db: Database.Database;

  const start = async (env: Record<string, string> = {}): Promise<EngineProcess> => {
    const own = { PATH: standIn.path, BOREALIS_SECRET: 'secret', BOREALIS_ENGINE_BUSY_DEADLINE_MS: '1000' };
    const engine = await startEngineProcess({ root, env: { ...own, ...env } });
    engines.push(engine);
    return engine;
  };
  const post = async ({ address }: EngineProcess, path: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await request(`${address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.body.text();
    assert.equal(answer.statusCode, 200, text);
    return JSON.parse(text);
  };
  const play = (engine: EngineProcess, ...hostnames: string[]): Promise<unknown> =>
    post(engine, '/api/ansible/quick_run', { playbook_path: 'site.yml', hostnames, credential_id: 1 });
  const until = async (is: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const noted = (): number => db.prepare('SELECT COUNT(*) FROM engine_server_runs').pluck().get() as number;
  const activities = (): Readonly<Record<string, string>> =>
    Object.fromEntries(db.prepare('SELECT hostname, status FROM activity_history').raw().all() as [string, string][]);
  const killed = (pids: readonly number[] = []): void => {
    process.kill(-(pids[0] ?? 0), 'SIGKILL');
  };

  let engine: EngineProcess;
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'server-runs-in-trouble-')));
    standIn = await ansibleStandIn('hang');
    engines = [];
    const folder = join(root, 'Assemblies', 'Ansible_Playbooks');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'site.yml'), '- hosts: all\n');
    engine = await start();
    db = new Database(engine.databaseFile, { timeout: 10_000 });
    db.exec(
      "INSERT INTO credentials (id, name, connection_type, username, created_at, updated_at) VALUES (1, 'c', 'ssh', 'root', 1, 1)",
    );
  });
  afterEach(async () => {
    db.close();
    for (const one of engines) await one.end();
    for (const pid of (await standIn.calls()).flatMap(({ pids }) => pids).filter(isAlive)) process.kill(pid, 'SIGKILL');
    await standIn.remove();
    await rm(root, { recursive: true, force: true });
  });

  it('go on beside a second engine on the same database, and are ended when theirs is gone', async () => {
    await play(engine, 'h1');
    const [call] = await standIn.called(1);
    const second = await start();
    await second.logged(/server-runs-of-another-engine count=1/);
    assert.ok(call?.pids.every(isAlive));
    assert.deepEqual(activities(), { h1: 'Running' });
    assert.equal((await namesIn(join(root, 'Logs', 'Server', 'AnsibleRuns'))).length, 1);
    await engine.end('SIGKILL');
    await start();
    await until(() => noted() === 0);
    assert.deepEqual(activities(), { h1: 'Failed' });
    await until(() => !call?.pids.some(isAlive));
  });

  it('tell the next engine how they ended when a lock outlasts their own', async () => {
    await play(engine, 'h1', 'h2');
    await standIn.called(2);
    db.exec('BEGIN IMMEDIATE');
    const [first] = await standIn.calls();
    killed(first?.pids);
    await engine.logged(/server-runs-not-ended/);
    await engine.end();
    const kept = await namesIn(join(root, 'Logs', 'Server', 'AnsibleRuns'));
    assert.equal(kept.filter((name) => name.endsWith('.ended.json')).length, 2);
    db.exec('ROLLBACK');
    assert.deepEqual(activities(), { h1: 'Running', h2: 'Running' });
    await start();
    await until(() => noted() === 0);
    const said = db.prepare('SELECT stderr FROM activity_history').pluck().all().map(String).sort();
    assert.match(said.join('\n'), /was ended because the server was stopped/);
    assert.ok(
      said.every((text) => !text.includes('is not known')),
      said.join('\n'),
    );
    await until(async () => (await namesIn(join(root, 'Logs', 'Server', 'AnsibleRuns'))).length === 0);
  });

  it('end in their own rows, whatever a recap names, and though one that is left can not be', async () => {
    db.exec("INSERT INTO activity_history (id, hostname, status) VALUES (777, 'other', 'Success')");
    await play(engine, 'h1');
    await standIn.called(1);
    await play(engine, 'h2');
    await standIn.called(2);
    await play(engine, 'h3');
    const calls = await standIn.called(3);
    const run_id = db.prepare("SELECT run_id FROM ansible_play_recaps WHERE hostname = 'h1'").pluck().get();
    await post(engine, '/api/ansible/recap/report', { run_id, activity_job_id: 777 });
    db.exec("DELETE FROM ansible_play_recaps WHERE hostname = 'h2'");
    for (const { pids } of calls.slice(0, 2)) killed(pids);
    await until(() => noted() === 1);
    assert.deepEqual(activities(), { other: 'Success', h1: 'Failed', h2: 'Failed', h3: 'Running' });
    db.exec("INSERT INTO engine_server_runs (run_id, begun_at) VALUES ('../not-a-run', 0)");
    await engine.end('SIGKILL');
    await start();
    await until(() => noted() === 0);
    assert.deepEqual(activities(), { other: 'Success', h1: 'Failed', h2: 'Failed', h3: 'Failed' });
    await until(() => !calls.some(({ pids }) => pids.some(isAlive)));
  });

  it('all end with the engine, or after it, however many wait', async () => {
    const hosts = Array.from({ length: 1500 }, (_, at) => `h${at}`);
    await play(engine, ...hosts);
    await standIn.called(1);
    const states = (): unknown =>
      db.prepare('SELECT status, COUNT(*) FROM ansible_play_recaps GROUP BY status').raw().all();
    await engine.end();
    assert.deepEqual(states(), [['Failed', 1500]]);
    assert.equal(noted(), 0);
    db.exec(`
      UPDATE ansible_play_recaps SET status = 'Running';
      INSERT INTO engine_server_runs (run_id, begun_at) SELECT run_id, 1 FROM ansible_play_recaps`);
    await start();
    await until(() => noted() === 0);
    assert.deepEqual(states(), [['Failed', 1500]]);
  });
});
