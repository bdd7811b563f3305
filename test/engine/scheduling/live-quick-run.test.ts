/** A script run now, for real: agents on the engine's own Socket.IO hear of it after it was noted, and their word closes it. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { request } from 'undici';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';

interface QuickJob {
  readonly job_id: number;
  readonly target_hostname: string;
  readonly script_content: string;
}

describe('a quick run with agents on the line', () => {
  let engine: EngineProcess;
  let agent: Socket;
  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    engine = await startEngineProcess({ env });
    const scripts = join(engine.root, 'Assemblies', 'Scripts');
    await mkdir(scripts, { recursive: true });
    await writeFile(join(scripts, 'Hello.ps1'), 'Write-Host $env:WHO');
    agent = await connect();
  };
  const connect = async (): Promise<Socket> => {
    const socket = io(engine.address, { transports: ['websocket'], forceNew: true });
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    return socket;
  };
  afterEach(async () => {
    agent.disconnect();
    await engine.stop();
  });

  const call = async (method: 'GET' | 'POST', path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await request(`${engine.address}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.equal(answer.statusCode, 200);
    return (await answer.body.json()) as Record<string, unknown>;
  };

  it('is noted, told, answered and shown', async () => {
    await start();
    const heard: QuickJob[] = [];
    const changes: Record<string, unknown>[] = [];
    const closed = new Promise<void>((resolve) => {
      agent.on('device_activity_changed', (change: Record<string, unknown>) => {
        changes.push(change);
        if (change.change === 'updated') resolve();
      });
    });
    agent.on('quick_job_run', async (job: QuickJob) => {
      heard.push(job);
      if (job.target_hostname !== 'PC-1') return;
      const noted = await call('GET', `/api/device/activity/job/${job.job_id}`);
      assert.equal(noted.status, 'Running');
      agent.emit('quick_job_result', { job_id: job.job_id, status: 'Success', stdout: 'hello\n', stderr: '' });
    });
    const { results } = await call('POST', '/api/scripts/quick_run', {
      script_path: 'Scripts/Hello.ps1',
      hostnames: ['PC-1', 'PC-2'],
      variable_values: { who: "O'Brien" },
    });
    await closed;
    assert.deepEqual(results, [
      { hostname: 'PC-1', job_id: 1, status: 'Running' },
      { hostname: 'PC-2', job_id: 2, status: 'Running' },
    ]);
    assert.deepEqual(
      heard.map((job) => [job.target_hostname, Buffer.from(job.script_content, 'base64').toString()]),
      [
        ['PC-1', "Write-Host 'O''Brien'"],
        ['PC-2', "Write-Host 'O''Brien'"],
      ],
    );
    assert.deepEqual(
      changes.map(({ change, hostname }) => [change, hostname]),
      [
        ['created', 'PC-1'],
        ['created', 'PC-2'],
        ['updated', 'PC-1'],
      ],
    );
    const { history } = await call('GET', '/api/device/activity/PC-1');
    const [entry] = history as Record<string, unknown>[];
    assert.deepEqual([entry?.status, entry?.has_stdout, entry?.has_stderr], ['Success', true, false]);
  });

  for (const [title, env, expected] of [
    // Of PC-2 nobody is known to be there.
    ['the agent of its host alone', {}, ['agent PC-1', 'agent PC-2', 'page PC-2']],
    [
      'everybody, where that is switched on',
      { BOREALIS_ENGINE_JOBS_TO_ALL: 'yes' },
      ['agent PC-1', 'agent PC-2', 'page PC-1', 'page PC-2'],
    ],
  ] as const)
    it(`is told to ${title}`, async () => {
      await start(env);
      const page = await connect();
      try {
        await agent.emitWithAck('connect_agent', { agent_id: 'pc-1-agent' });
        await agent.emitWithAck('agent_heartbeat', { agent_id: 'pc-1-agent', hostname: 'PC-1' });
        const heard: string[] = [];
        agent.on('quick_job_run', (job: QuickJob) => heard.push(`agent ${job.target_hostname}`));
        page.on('quick_job_run', (job: QuickJob) => heard.push(`page ${job.target_hostname}`));
        const changes = (socket: Socket) =>
          new Promise<void>((resolve) => {
            socket.on('device_activity_changed', ({ hostname }) => hostname === 'PC-2' && resolve());
          });
        const told = Promise.all([changes(agent), changes(page)]);
        await call('POST', '/api/scripts/quick_run', { script_path: 'Scripts/Hello.ps1', hostnames: ['PC-1', 'PC-2'] });
        await told;
        assert.deepEqual(heard.sort(), expected);
      } finally {
        page.disconnect();
      }
    });
});
