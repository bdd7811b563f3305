/** Playbooks that the server runs itself: what the program is given, what is left of it, and how its rows end, whatever happens. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { readFernetKey, sealFernet } from '../../../src/legacy-bridge/secrets/fernet.js';
import { type AnsibleStandIn, ansibleStandIn, isAlive, namesIn } from '../../kit/ansible-stand-in.js';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';

const KEY = `${Buffer.alloc(32, 7).toString('base64url')}=`;
const SEAL = 'the-seal-of-both-sides';
const PASSWORD = "pa'ss {{ lookup('env', 'HOME') }}";
const BECOME = 'become-Pässword';
const PRIVATE_KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----';
const VALUE = 'value-that-nobody-else-sees';

describe('playbooks on the server', function () {
  this.timeout(60_000);
  let root: string;
  let standIn: AnsibleStandIn;
  let engine: EngineProcess;
  let db: Database.Database;
  const workspaces = () => join(root, 'Logs', 'Server', 'AnsibleRuns');

  const start = async (env: Record<string, string | undefined> = {}): Promise<void> => {
    const own = { PATH: standIn.path, BOREALIS_SECRET: SEAL, BOREALIS_SECRET_KEY: Buffer.from(KEY).toString('base64') };
    engine = await startEngineProcess({ root, env: { ...own, BOREALIS_DEBUG: 'true', ...env } });
    db = new Database(engine.databaseFile, { timeout: 10_000 });
  };
  const put = async (path: string, content: string): Promise<void> => {
    const file = join(root, 'Assemblies', 'Ansible_Playbooks', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  };
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'server-runs-')));
    standIn = await ansibleStandIn();
    const files = [
      { file_name: 'motd.j2', data: Buffer.from('hello').toString('base64') },
      { file_name: '../out', data: '' },
    ];
    await put('web/site.json', JSON.stringify({ name: 'Site', script: '- hosts: all\n', files }));
  });
  afterEach(async () => {
    db?.close();
    await engine?.stop();
    await standIn.remove();
    await rm(root, { recursive: true, force: true });
  });

  const seal = (text: string): Buffer => {
    const key = readFernetKey(KEY);
    assert.ok(key);
    return Buffer.from(sealFernet(text, key, 1_700_000_000, Buffer.alloc(16, 3)), 'latin1');
  };
  const addCredential = (columns: Record<string, string | Buffer | null> = {}): number => {
    const row = { name: `c${Math.random()}`, connection_type: 'ssh', username: 'root', ...columns };
    const names = Object.keys(row);
    const sql = `INSERT INTO credentials (${names.join()}, created_at, updated_at) VALUES (${names.map(() => '?').join()}, 1, 1)`;
    return Number(db.prepare(sql).run(...Object.values(row)).lastInsertRowid);
  };
  const play = async (
    credential: number,
    more: object = {},
  ): Promise<readonly { run_id: string; activity_job_id: number }[]> => {
    const body = { playbook_path: 'web/site.json', hostnames: ['web-1'], credential_id: credential, ...more };
    const answer = await request(`${engine.address}/api/ansible/quick_run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    assert.equal(answer.statusCode, 200, text);
    return (JSON.parse(text) as { results: [] }).results;
  };
  interface Rows {
    readonly activity: Readonly<Record<string, unknown>>;
    readonly recap: Readonly<Record<string, unknown>>;
  }
  const rows = (at = 0): Rows => ({
    activity: db.prepare('SELECT * FROM activity_history ORDER BY id LIMIT 1 OFFSET ?').get(at) as Rows['activity'],
    recap: db.prepare('SELECT * FROM ansible_play_recaps ORDER BY id LIMIT 1 OFFSET ?').get(at) as Rows['recap'],
  });
  const ended = async (count = 1): Promise<void> => {
    const running = "SELECT COUNT(*) FROM ansible_play_recaps WHERE status <> 'Running'";
    while ((db.prepare(running).pluck().get() as number) < count)
      await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const nothingIsLeft = async (): Promise<void> => {
    // How the run ended is kept until the rows say so, and removed a moment later.
    while ((await namesIn(workspaces())).some((name) => name.endsWith('.ended.json')))
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(await namesIn(workspaces()), []);
    assert.deepEqual(db.prepare('SELECT * FROM engine_server_runs').all(), []);
  };

  it('get files that nobody else reads, and neither arguments, environment nor log hold a secret', async () => {
    await start();
    const credential = addCredential({
      password_encrypted: seal(PASSWORD),
      private_key_encrypted: seal(PRIVATE_KEY),
      become_method: 'sudo',
      become_username: '--admin',
      become_password_encrypted: seal(BECOME),
    });
    const [started] = await play(credential, { variable_values: { token: VALUE } });
    await ended();
    const [call, ...more] = await standIn.calls();
    assert.ok(call && more.length === 0);
    const workspace = join(workspaces(), started?.run_id ?? '');
    assert.deepEqual(call.arguments, [
      ...[join(workspace, 'playbook', 'playbook.yml'), '-i', join(workspace, 'inventory.json')],
      ...['--extra-vars', `@${join(workspace, 'extra_vars.json')}`],
      ...['--become', '--become-method=sudo', '--become-user=--admin'],
    ]);
    assert.equal(call.folder, join(root, 'Assemblies', 'Ansible_Playbooks', 'web'));
    assert.deepEqual(call.modes, {
      ...{ '.': '700', playbook: '700', 'playbook/playbook.yml': '600', 'playbook/motd.j2': '600' },
      ...{ ssh_key: '600', 'inventory.json': '600', 'extra_vars.json': '600' },
    });
    assert.equal(call.playbook, '- hosts: all\n');
    assert.equal(call.texts['playbook/motd.j2'], 'hello');
    assert.equal(call.texts.ssh_key, `${PRIVATE_KEY}\n`);
    assert.deepEqual(JSON.parse(call.texts['extra_vars.json'] ?? ''), { token: VALUE });
    const unsafe = { __ansible_unsafe: PASSWORD };
    assert.deepEqual(JSON.parse(call.texts['inventory.json'] ?? ''), {
      all: {
        hosts: {
          'web-1': {
            ...{ ansible_host: 'web-1', ansible_user: 'root', ansible_connection: 'ssh' },
            ansible_ssh_common_args: '-o StrictHostKeyChecking=no',
            ...{ ansible_password: unsafe, ansible_ssh_pass: unsafe },
            ansible_ssh_private_key_file: join(workspace, 'ssh_key'),
            ...{ ansible_become: true, ansible_become_method: 'sudo', ansible_become_user: '--admin' },
            ansible_become_password: BECOME,
          },
        },
      },
    });
    const given = call.environment;
    assert.deepEqual(
      [given.ANSIBLE_CALLBACK_RESULT_FORMAT, given.ANSIBLE_RETRY_FILES_ENABLED, given.ANSIBLE_HOST_KEY_CHECKING],
      ['yaml', 'False', 'False'],
    );
    assert.equal(given.ANSIBLE_STDOUT_CALLBACK, undefined, 'a plugin that is not there would fail each run');
    assert.deepEqual(
      Object.keys(call.environment).filter((name) => /^(BOREALIS|NODE)_/.test(name)),
      [],
    );
    const said = [...call.arguments, ...Object.values(call.environment), await engine.logText(), engine.errors()].join(
      '\n',
    );
    for (const secret of [PASSWORD, BECOME, 'b3Bl', VALUE, SEAL, KEY]) assert.ok(!said.includes(secret), secret);

    const { activity, recap } = rows();
    assert.deepEqual([activity.status, activity.stdout, activity.stderr], ['Success', 'PLAY RECAP ok=1\n', '']);
    const { id: _id, run_id, created_at, updated_at, started_ts, finished_ts, ...rest } = recap;
    assert.deepEqual(rest, {
      ...{ hostname: 'web-1', agent_id: 'server', playbook_path: 'web/site.json', playbook_name: 'Site' },
      ...{ scheduled_job_id: null, scheduled_run_id: null, activity_job_id: started?.activity_job_id },
      ...{ status: 'Success', recap_text: 'PLAY RECAP ok=1\n', recap_json: '{}' },
    });
    assert.equal(run_id, started?.run_id);
    assert.ok([created_at, updated_at, started_ts, finished_ts].every((at) => typeof at === 'number'));
    await nothingIsLeft();
  });

  it('lie where they are when they are files of their own, and older names of the connection do as well', async () => {
    await put('plain/site.yml', '- hosts: plain\n');
    await start({ ANSIBLE_STDOUT_CALLBACK: 'default' });
    await play(addCredential({ connection_type: 'Linux' }), { playbook_path: 'plain/site.yml' });
    await ended();
    const [call] = await standIn.calls();
    assert.equal(call?.arguments[0], join(root, 'Assemblies', 'Ansible_Playbooks', 'plain', 'site.yml'));
    assert.equal(call?.arguments.length, 3);
    assert.deepEqual(Object.keys(call?.texts ?? {}), ['inventory.json']);
    assert.equal(call?.environment.ANSIBLE_STDOUT_CALLBACK, 'default');
    assert.equal(rows().recap.status, 'Success');
  });

  it('fail with what the program said, and with why it could not be run', async () => {
    await standIn.behave('fail');
    await start();
    await play(addCredential());
    await ended();
    const { activity, recap } = rows();
    assert.deepEqual(
      [activity.status, activity.stdout, activity.stderr],
      ['Failed', 'PLAY RECAP failed=1\n', 'unreachable\n'],
    );
    assert.equal(recap.status, 'Failed');

    const elsewhere = Buffer.from(
      sealFernet('x', { signing: Buffer.alloc(16, 1), encryption: Buffer.alloc(16, 2) }, 1, Buffer.alloc(16)),
    );
    await play(addCredential({ password_encrypted: elsewhere }));
    await play(addCredential(), { hostnames: ["{{ lookup('pipe', 'id') }}"] });
    await play(addCredential({ become_method: 'su\0do' }));
    await ended(4);
    assert.match(String(rows(1).activity.stderr), /sealed with another key/);
    assert.match(String(rows(2).activity.stderr), /no name of a host/);
    assert.match(String(rows(3).activity.stderr), /could not be run/);

    await play(addCredential(), { variable_values: { ansible_connection: 'local', plain: 'x' } });
    const long = '名'.repeat(90);
    await put('long.json', JSON.stringify({ script: '- hosts: all\n', files: [{ file_name: long, data: '' }] }));
    await play(addCredential(), { playbook_path: 'long.json' });
    await ended(6);
    assert.match(String(rows(4).activity.stderr), /begin with ansible_ .*Sent were: ansible_connection\./);
    assert.match(String(rows(5).activity.stderr), /name that no file can have here \(ENAMETOOLONG\): "名名/);
    assert.equal((await standIn.calls()).length, 1);
    await nothingIsLeft();
  });

  it('fail when their turn comes and what they were asked to run lies elsewhere by then', async () => {
    await put('late/site.yml', '- hosts: all\n');
    await standIn.behave('hang');
    await start({ BOREALIS_ENGINE_PLAYBOOKS_AT_ONCE: '1' });
    await play(addCredential());
    const [call] = await standIn.called(1);
    await play(addCredential(), { playbook_path: 'late/site.yml' });
    const late = join(root, 'Assemblies', 'Ansible_Playbooks', 'late');
    await rm(late, { recursive: true });
    await symlink(root, late);
    await writeFile(join(root, 'site.yml'), '- hosts: localhost\n');
    process.kill(-(call?.pids[0] ?? 0), 'SIGKILL');
    await ended(2);
    assert.match(String(rows(1).activity.stderr), /moved or removed/);
    assert.equal((await standIn.calls()).length, 1);
    await nothingIsLeft();
  });

  it('fail where the program is not there', async () => {
    await start({ PATH: root });
    await play(addCredential());
    await ended();
    assert.match(String(rows().activity.stderr), /ansible-playbook ENOENT/);
    await nothingIsLeft();
  });

  it('keep the beginning and the end of what is printed, and never all of a flood', async () => {
    await standIn.behave('flood');
    await start();
    await play(addCredential());
    await ended();
    const { activity } = rows();
    for (const output of [activity.stdout, activity.stderr].map(String)) {
      assert.match(output, /^first\n.*output was cut here.*\nlast\n$/s);
      assert.ok(output.length > 3_900_000 && output.length < 4_100_000, `${output.length}`);
    }
    assert.equal(activity.status, 'Success');
  });

  it('wait for each other beyond a number, and take with them what they began', async () => {
    await standIn.behave('hang');
    await start({ BOREALIS_ENGINE_PLAYBOOKS_AT_ONCE: '2' });
    await play(addCredential(), { hostnames: ['a', 'b', 'c'] });
    const both = await standIn.called(2);
    assert.equal((await namesIn(workspaces())).length, 2);
    await standIn.behave('succeed');
    process.kill(both[0]?.pids[0] ?? 0, 'SIGKILL');
    await ended(2);
    assert.equal((await standIn.calls()).length, 3);
    const states = [rows(0), rows(1), rows(2)].map(({ recap }) => recap.status);
    assert.deepEqual(states.sort(), ['Failed', 'Running', 'Success']);
    while (both[0]?.pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(both[1]?.pids.every(isAlive));
  });

  it('end when the program does, whoever still holds its outputs', async () => {
    await standIn.behave('daemon');
    await start();
    await play(addCredential());
    await ended();
    const [call] = await standIn.calls();
    const daemon = call?.pids[1] ?? 0;
    assert.ok(isAlive(daemon));
    process.kill(daemon, 'SIGKILL');
    assert.equal(rows().recap.status, 'Success');
    await nothingIsLeft();
  });

  it('end after their time', async () => {
    await standIn.behave('hang');
    await start({ BOREALIS_ENGINE_PLAYBOOK_SECONDS: '1' });
    await play(addCredential());
    await ended();
    assert.equal(rows().recap.status, 'Failed');
    assert.match(String(rows().activity.stderr), /ended after 1 s/);
    await nothingIsLeft();
  });

  it('end with the engine, though they do not want to', async () => {
    await standIn.behave('stubborn');
    await start({ BOREALIS_ENGINE_PLAYBOOKS_AT_ONCE: '1' });
    await play(addCredential(), { hostnames: ['a', 'b'] });
    const [call] = await standIn.called(1);
    assert.ok(call?.pids.every(isAlive));
    assert.equal(await engine.end(), 0);
    assert.deepEqual(call?.pids.filter(isAlive), []);
    for (const at of [0, 1]) {
      assert.equal(rows(at).recap.status, 'Failed');
      assert.match(String(rows(at).activity.stderr), /server was stopped/);
    }
    assert.equal((await standIn.calls()).length, 1);
    await nothingIsLeft();
  });

  it('leave nothing behind an engine that was killed, once the next one has started', async () => {
    await standIn.behave('hang');
    await start({ BOREALIS_ENGINE_PLAYBOOKS_AT_ONCE: '1' });
    const [first] = await play(addCredential({ password_encrypted: seal(PASSWORD) }), { hostnames: ['a', 'b'] });
    const [call] = await standIn.called(1);
    // A run of the legacy's, which goes on.
    await mkdir(join(workspaces(), 'f'.repeat(32)));
    db.exec(
      `INSERT INTO ansible_play_recaps (run_id, agent_id, status) VALUES ('${'f'.repeat(32)}', 'server', 'Running')`,
    );
    await engine.end('SIGKILL');
    assert.ok((await namesIn(workspaces())).includes(first?.run_id ?? ''));
    assert.ok(call?.pids.every(isAlive));
    db.close();
    await start();
    await ended(2);
    await engine.logged(/server-run-ended [\s\S]*server-run-ended /);
    while (call?.pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const at of [0, 1]) {
      assert.equal(rows(at).recap.status, 'Failed');
      assert.match(String(rows(at).activity.stderr), /ended while the playbook ran/);
    }
    assert.equal(rows(2).recap.status, 'Running');
    while ((await namesIn(workspaces())).length > 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(await namesIn(workspaces()), ['f'.repeat(32)]);
    assert.deepEqual(db.prepare('SELECT * FROM engine_server_runs').all(), []);
  });
});
