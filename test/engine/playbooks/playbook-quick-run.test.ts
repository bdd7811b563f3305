/** Playbooks run now, beyond what was recorded: whom a credential is told, where paths lead, dry runs, and bodies of any kind. */
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { JobAudience } from '../../../src/engine/services/scheduling/job-audience.js';
import { type AnsibleStandIn, ansibleStandIn, namesIn } from '../../kit/ansible-stand-in.js';
import { type DryRunWorld, startDryRunWorld } from '../../kit/dry-run-world.js';

const QUICK_RUN = '/api/ansible/quick_run';
const REPORT = '/api/ansible/recap/report';
const ok = { playbook_path: 'site.yml', hostnames: ['web-1'] };

describe('quick runs of playbooks', function () {
  this.timeout(60_000);
  let world: DryRunWorld;
  let standIn: AnsibleStandIn;
  let folder: string;
  before(async () => {
    standIn = await ansibleStandIn();
    world = await startDryRunWorld({ PATH: standIn.path });
    folder = join(world.engine.root, 'Assemblies', 'Ansible_Playbooks');
    for (const file of ['site.yml', '../Ansible_Playbooks.bak/site.yml', '../Scripts/site.yml']) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), '- hosts: all');
    }
    await symlink(join(folder, '..', 'Scripts'), join(folder, 'link'));
    const add = world.db.prepare(
      'INSERT INTO credentials (id, name, connection_type, password_encrypted, created_at, updated_at) VALUES (?, ?, ?, ?, 1, 1)',
    );
    add.run(1, 'ssh', 'ssh', null);
    add.run(2, 'winrm', 'winrm', Buffer.from('plain!'));
    add.run(3, 'sealed elsewhere', 'winrm', Buffer.from(`gAAAAA${'A'.repeat(110)}==`));
  });
  after(async () => {
    await world.stop();
    await standIn.remove();
  });

  const run = (more: object) => world.live({ path: QUICK_RUN, body: { ...ok, ...more } });
  const count = (table: string) => world.db.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get() as number;

  it('reach no file outside of the playbooks', async () => {
    const refused = async (path: string) => {
      const { status, body } = await run({ playbook_path: path });
      return [status, body.error];
    };
    for (const path of [
      '../Scripts/site.yml',
      '..\\Scripts\\site.yml',
      '../Ansible_Playbooks.bak/site.yml',
      'x/../../secret',
    ])
      assert.deepEqual(await refused(path), [400, 'invalid path'], path);
    for (const path of ['link/site.yml', join(folder, 'site.yml'), '/', '.', 'site.yml/x', 'a\0b', 'x'.repeat(5000)])
      assert.deepEqual(await refused(path), [404, 'Playbook not found'], path);
    assert.equal((await run({ playbook_path: 'x/../../Ansible_Playbooks/site.yml/' })).status, 200);
  });

  it('begin nothing on the server in a dry run, and tell which they would', async () => {
    const before = await world.trace();
    const reply = await world.dryRun({
      path: QUICK_RUN,
      body: { ...ok, hostnames: ['web-1', 'a/b'], credential_id: 1 },
    });
    assert.ok(reply.outcome === 'run', JSON.stringify(reply));
    assert.deepEqual(reply.effects.calls, [
      { method: 'PLAY', url: 'ssh://web-1/site.yml' },
      { method: 'PLAY', url: 'ssh://a%2Fb/site.yml' },
    ]);
    assert.deepEqual(
      reply.effects.rows.map(({ table, change }) => [table, change]),
      ['activity_history', 'activity_history', 'ansible_play_recaps', 'ansible_play_recaps'].map((table) => [
        table,
        'insert',
      ]),
    );
    assert.deepEqual(await world.trace(), before);
    assert.deepEqual(
      [await standIn.calls(), await namesIn(join(world.engine.root, 'Logs', 'Server', 'AnsibleRuns'))],
      [[], []],
    );
  });

  it('tell a credential nobody but the agents of the host, where jobs go to them alone', async () => {
    const { status, body } = await run({ credential_id: 2 });
    assert.equal(status, 200);
    const [{ activity_job_id: id } = { activity_job_id: 0 }] = body.results as { activity_job_id: number }[];
    const row = world.db.prepare('SELECT status, stderr FROM activity_history WHERE id = ?').get(id) as Record<
      string,
      string
    >;
    assert.equal(row.status, 'Failed');
    assert.match(row.stderr ?? '', /^No agent of this host is connected/);

    const agents = { ofHostname: () => [{ agentId: 'A' }, { agentId: 'B' }], list: () => [] };
    const rooms = (toAll: boolean, present: readonly string[]) =>
      new JobAudience({ toAll, isInRoom: (room) => present.includes(room) })
        .now({ agents, events: {} } as never)
        .secretRooms('web-1');
    assert.deepEqual(rooms(false, []), []);
    assert.deepEqual(rooms(false, ['A']), ['A']);
    assert.deepEqual(rooms(true, ['A', 'B']), ['A', 'B']);
    assert.deepEqual(rooms(true, []), [undefined]);
  });

  it('begin nothing with a credential that was sealed with another key', async () => {
    const before = count('activity_history');
    const { status, body } = await run({ credential_id: 3 });
    assert.deepEqual([status, body.error, count('activity_history')], [503, 'secrets_unavailable', before]);
  });

  it('answer any body with a documented status, and write nothing of what they refuse', async () => {
    const fields = [
      ...[
        'playbook_path',
        'hostnames',
        'credential_id',
        'use_service_account',
        'variable_values',
        'run_id',
        'hostname',
      ],
      ...[
        'status',
        'recap_text',
        'recap_json',
        'scheduled_job_id',
        'scheduled_run_id',
        'activity_job_id',
        'started_ts',
      ],
      ...['playbook_name', 'agent_id', '__proto__', ''],
    ];
    const odd = fc.oneof(
      fc.constantFrom(
        null,
        true,
        false,
        0,
        1,
        -1,
        1.5,
        1e300,
        '',
        ' ',
        'x',
        '\ud800',
        'site.yml',
        'running',
        '9'.repeat(30),
        'a\0b',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.array(fc.constantFrom<unknown>('PC', 1, null, [], '\udc00'), { maxLength: 3 }),
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom<unknown>(1, 'x', null, [1]), {
        maxKeys: 2,
      }),
    );
    const object = fc.dictionary(fc.constantFrom(...fields), odd, { maxKeys: 6, noNullPrototype: true });
    const body = fc.oneof(
      { weight: 8, arbitrary: object.map((more) => ({ ...ok, run_id: 'r', credential_id: null, ...more })) },
      { weight: 2, arbitrary: odd },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(QUICK_RUN, REPORT), body, async (path, sent) => {
        const before = [count('activity_history'), count('ansible_play_recaps')];
        const { status, text } = await world.live({ path, body: sent });
        assert.ok([200, 400, 404, 503].includes(status), `${status} ${text}`);
        JSON.parse(text);
        if (status !== 200) assert.deepEqual([count('activity_history'), count('ansible_play_recaps')], before);
        const listed = await world.live({ method: 'GET', path: '/api/ansible/recaps?limit=3' });
        assert.equal(listed.status, 200);
      }),
      { numRuns: 300 },
    );
  });
});
