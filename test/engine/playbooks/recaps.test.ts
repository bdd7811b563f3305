/** What reports of playbooks do to runs that are the engine's, and what is kept of long outputs. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildRecapReport } from '../../../src/engine/builders/recap-report.js';
import { BoundedOutput } from '../../../src/engine/services/playbooks/bounded-output.js';
import { RecapService } from '../../../src/engine/services/playbooks/recap-service.js';
import { ServerRuns } from '../../../src/engine/services/playbooks/server-runs.js';
import { SecretBox } from '../../../src/legacy-bridge/secrets/secret-box.js';
import { ansibleStandIn } from '../../kit/ansible-stand-in.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

describe('playbooks of scheduled jobs on the server', () => {
  it('end the run of their host by their word, with why they failed', async () => {
    const standIn = await ansibleStandIn();
    let runs: ServerRuns | undefined;
    const world = await startSchedulerWorld({
      serverRuns: (root, contextFor) => {
        const secrets = new SecretBox({ signing: Buffer.alloc(16), encryption: Buffer.alloc(16) });
        const own = { folder: join(root, 'AnsibleRuns'), environment: { PATH: standIn.path }, secrets, contextFor };
        runs = new ServerRuns({ ...own, mostOutput: 1000, atOnce: 2, trustsVariables: false, mostSeconds: 600 });
        return runs;
      },
    });
    try {
      await world.putAssembly('Ansible_Playbooks/play.yml', '- hosts: all');
      world.db.exec("INSERT INTO credentials (id, name, created_at, updated_at) VALUES (4, 'c', 1, 1)");
      const components = [{ type: 'ansible', path: 'play.yml', variable_values: { port: 8080 } }];
      world.report('H1', 'H2');
      const begin = (host: string): number => {
        const job = world.addJob({
          type: 'immediately',
          created: world.now,
          components,
          targets: [host],
          context: 'ssh',
        });
        world.db.prepare('UPDATE scheduled_jobs SET credential_id = 4 WHERE id = ?').run(job);
        return job;
      };
      const run = (job: number) => {
        const [{ status, error, finished_ts: finished } = { status: '', error: '', finished_ts: null }] =
          world.runs(job);
        return [status, error, finished !== null];
      };
      const good = begin('H1');
      await world.tick();
      await standIn.called(1);
      while (run(good)[0] === 'Running') await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(run(good), ['Success', null, true]);
      await standIn.behave('fail');
      const bad = begin('H2');
      await world.tick();
      while (run(bad)[0] === 'Running') await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(run(bad), ['Failed', 'The playbook ended with code 2', true]);
      const [first] = await standIn.calls();
      assert.deepEqual(JSON.parse(first?.texts['extra_vars.json'] ?? ''), { port: 8080 });
      const told = world.emitted().map(({ event }) => event);
      assert.deepEqual(told, Array(2).fill(['ansible_recap_update', 'device_activity_changed']).flat());
    } finally {
      await runs?.close();
      await world.stop();
      await standIn.remove();
    }
  });
});

describe('recaps', () => {
  let world: SchedulerWorld;
  afterEach(() => world.stop());

  it('end runs of the engine’s jobs by their word alone, also without naming the activity', async () => {
    world = await startSchedulerWorld();
    await world.putAssembly('Ansible_Playbooks/play.yml', '- hosts: all');
    const components = [{ type: 'ansible', path: 'play.yml' }];
    const job = world.addJob({ type: 'immediately', created: world.now, components, targets: ['H1'] });
    world.report('H1');
    await world.tick();
    const [{ id, status } = { id: 0, status: '' }] = world.runs(job);
    assert.equal(status, 'Running');
    const [sent] = world.emitted();
    const runId = ((sent?.payload ?? {}) as { readonly run_id?: string }).run_id;
    const report = async (fields: object) => {
      const body = { run_id: runId, scheduled_job_id: job, scheduled_run_id: id, ...fields };
      const built = buildRecapReport(Buffer.from(JSON.stringify(body)), 'application/json');
      return await new RecapService().report(built, world.context());
    };
    await report({ recap_text: 'half way' });
    assert.deepEqual([world.runs(job)[0]?.status, world.runs(job)[0]?.finished_ts], ['Running', null]);
    await report({ status: 'Success', finished_ts: world.now + 5 });
    assert.deepEqual([world.runs(job)[0]?.status, world.runs(job)[0]?.finished_ts], ['Success', world.now + 5]);
    await report({ status: 'RUNNING' });
    assert.equal(world.runs(job)[0]?.status, 'Running');
    assert.equal(world.db.prepare('SELECT status FROM activity_history').pluck().get(), 'Running');
    const ids = world.db.prepare('SELECT id, recap_text AS text FROM ansible_play_recaps').all();
    assert.deepEqual(ids, [{ id: 1, text: 'half way' }]);
    const sequence = world.db
      .prepare("SELECT seq FROM sqlite_sequence WHERE name = 'ansible_play_recaps'")
      .pluck()
      .get();
    assert.equal(sequence, 1, 'no id is used up by a change');
  });

  it('keep the beginning and the end of an output, and the whole of one within the bound', async () => {
    world = await startSchedulerWorld({ wish: null });
    const chunks = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), { maxLength: 12 });
    fc.assert(
      fc.property(chunks, fc.integer({ min: 2, max: 40 }), (parts, most) => {
        const output = new BoundedOutput(most);
        for (const part of parts) output.add(Buffer.from(part));
        const [all, text, half] = [parts.join(''), output.text(), Math.ceil(most / 2)];
        if (all.length <= half * 2) return assert.equal(text, all);
        assert.equal(text, `${all.slice(0, half)}\n[… output was cut here …]\n${all.slice(-half)}`);
      }),
    );
  });
});
