/** Quick runs on many hosts: some at a time, and nobody is asked to repeat what has begun. */
import assert from 'node:assert/strict';
import { buildPlaybookQuickRun } from '../../../src/engine/builders/playbook-quick-run.js';
import { buildQuickRun } from '../../../src/engine/builders/quick-run.js';
import { EngineError } from '../../../src/engine/domain/engine-error.js';
import { PlaybookQuickRunService } from '../../../src/engine/services/playbooks/playbook-quick-run-service.js';
import { beginOnHosts } from '../../../src/engine/services/scheduling/host-batches.js';
import { JobAudience } from '../../../src/engine/services/scheduling/job-audience.js';

describe('quick runs on many hosts', () => {
  const hosts = Array.from({ length: 250 }, (_, at) => `h${at}`);

  it('begin by the hundred, and let others have their turn in between', async () => {
    const sizes: number[] = [];
    let turns = 0;
    const other = setInterval(() => {
      turns += 1;
    });
    const begun = await beginOnHosts(hosts, async (some) => {
      sizes.push(some.length);
      const until = performance.now() + 3;
      while (performance.now() < until);
      return some;
    });
    clearInterval(other);
    assert.deepEqual([sizes, begun.started, begun.refused], [[100, 100, 50], hosts, []]);
    assert.ok(turns > 0);
  });

  it('fail whole while none has begun, and name the rest when some have', async () => {
    const busyAfter = (count: number, code: 'database_busy' | 'not_found' = 'database_busy') => {
      let begun = 0;
      return beginOnHosts(hosts, async (some) => {
        if (begun >= count) throw new EngineError(code);
        begun += some.length;
        return some;
      });
    };
    await assert.rejects(busyAfter(0), { code: 'database_busy' });
    await assert.rejects(busyAfter(100, 'not_found'), { code: 'not_found' });
    assert.deepEqual(await busyAfter(200), { started: hosts.slice(0, 200), refused: hosts.slice(200) });
  });

  it('take no more than ten thousand, and say so', () => {
    const body = (count: number) => {
      const hostnames = Array.from({ length: count }, () => 'h');
      return Buffer.from(JSON.stringify({ script_path: 'Scripts/x', playbook_path: 'x.yml', hostnames }));
    };
    for (const build of [buildQuickRun, buildPlaybookQuickRun]) {
      assert.equal(build(body(10_000), 'application/json').hostnames.length, 10_000);
      assert.throws(() => build(body(10_001), 'application/json'), {
        ...{ code: 'invalid_request', detail: 'hostnames: at most 10000 of them' },
      });
    }
  });

  it('look through the agents once for all hosts that are told at once', () => {
    const agents = Array.from({ length: 3 }, (_, at) => ({ agentId: `A${at}`, hostname: ` H${at} ` }));
    let looks = 0;
    const list = () => {
      looks += 1;
      return agents;
    };
    const told: unknown[] = [];
    const context = {
      agents: { ofHostname: () => [], list },
      events: { emit: (_event: string, payload: unknown, room?: string) => told.push([payload, room]) },
    };
    const audience = new JobAudience({ toAll: false, isInRoom: () => true }).now(context as never);
    for (const host of ['h0', 'H1', 'h2', 'elsewhere']) audience.tell(host, 'e', host);
    assert.deepEqual(told, [
      ['h0', 'A0'],
      ['H1', 'A1'],
      ['h2', 'A2'],
      ['elsewhere', undefined],
    ]);
    assert.equal(looks, 1);
  });

  it('write that nobody could be told in the transaction that begins the run, and in no later one', async () => {
    const transactions: (readonly unknown[])[] = [];
    const told: string[] = [];
    const credential = { id: 1n, connection: 'winrm', username: 'u', password: null };
    const context = {
      ...{ clock: { now: () => 0 }, random: { bytes: () => Buffer.alloc(16) }, log: { info: () => undefined } },
      events: { emit: (event: string) => told.push(event) },
      agents: { ofHostname: (name: string) => (name === 'here' ? [{ agentId: 'A' }] : []), list: () => [] },
      unitOfWork: {
        read: (work: (repositories: unknown) => unknown) => work({ credentials: { find: async () => credential } }),
        write: async (work: (repositories: unknown) => unknown) => {
          const [done, ids] = [[] as unknown[], { last: 0n }];
          transactions.push(done);
          return await work({
            activities: {
              insertRunning: async ({ hostname }: { hostname: string }) => {
                ids.last += 1n;
                done.push([hostname, ids.last]);
                return ids.last;
              },
            },
            jobResults: { storeResult: async (said: { activityId: bigint; status: string }) => done.push(said.status) },
          });
        },
      },
    };
    const document = { name: 'p', script: '', variables: [], files: [] };
    const service = new PlaybookQuickRunService({
      files: {
        isPlaybookPath: () => true,
        findPlaybook: async () => ({ document, fileName: 'p.yml', file: '/p.yml' }),
      },
      secrets: { open: () => 'pw' },
      audience: new JobAudience({ toAll: false, isInRoom: () => true }),
    } as never);
    const asked = { playbookPath: 'p.yml', hostnames: ['here', 'gone'], credentialId: 1n, overrides: new Map() };
    await service.run(asked, context as never);
    assert.deepEqual(transactions, [[['here', 1n], ['gone', 2n], 'Failed']]);
    assert.equal(told.filter((event) => event === 'ansible_playbook_run').length, 1);
  });
});
