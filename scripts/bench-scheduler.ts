/**
 * The scheduler on a large table: CPU of one tick over ten thousand jobs of a hundred targets each, and how long it keeps the event
 * loop; and how soon a job for a thousand agents is with all of them, by whom jobs are told. A real engine, its own Socket.IO server,
 * clients in this process.
 *
 * Usage: tsx scripts/bench-scheduler.ts [JOBS=10000] [AGENTS=1000]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startEngineProcess } from '../test/kit/engine-process.js';
import { startSchedulerWorld } from '../test/kit/scheduler-world.js';
import { openWireClients } from '../test/kit/ws-client.js';

const TARGETS = 100;
const GOAL = { cpuMs: 1000, blockedMs: 50, dispatchMs: 2000 };
const HOUR = 3600;

const [jobs, agents] = [process.argv[2] ?? '10000', process.argv[3] ?? '1000'].map((text) => {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1 || count > 100_000)
    throw new TypeError(`expected a count of 1 to 100000, found ${text}`);
  return count;
}) as [number, number];

const missed: string[] = [];
const hold = (what: string, value: number, goal: number): string => {
  if (value > goal) missed.push(what);
  return `${value.toFixed(0)} ms (goal ${goal})${value > goal ? '  MISSED' : ''}`;
};

/** Hourly jobs whose last occurrence ran on all of their hosts; none is due, and then all of them are. */
async function ticks(): Promise<void> {
  const world = await startSchedulerWorld({ wish: null });
  try {
    const hour = world.now - (world.now % HOUR);
    const hosts = Array.from({ length: TARGETS }, (_, nth) => `HOST-${nth}`);
    world.db.transaction(() => {
      const run = world.db.prepare(
        "INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, started_ts, finished_ts, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, 'Success', ?, ?)",
      );
      for (let nth = 0; nth < jobs; nth += 1) {
        const id = world.addJob({ type: 'every_hour', start: hour - 24 * HOUR, targets: hosts });
        for (const host of hosts) run.run(id, host, hour, hour, hour, hour, hour);
      }
    })();
    await world.wish({ owner: 'engine', jobs: {} });
    await measure('first tick, nothing due', () => world.tick(hour + 600));
    for (const minutes of [11, 12, 13]) await measure('tick, nothing due', () => world.tick(hour + minutes * 60));
    await measure('tick, every job due, nobody online', () => world.tick(hour + HOUR));
  } finally {
    await world.stop();
  }
}

async function measure(what: string, tick: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = process.cpuUsage();
  const from = performance.now();
  delay.enable();
  await tick();
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  const took = performance.now() - from - 20;
  console.log(
    `${what}: CPU ${hold(`CPU of ${what}`, (user + system) / 1000, GOAL.cpuMs)}, event loop kept for at most ${hold(`blocking of ${what}`, delay.max / 1e6, GOAL.blockedMs)}; done after ${took.toFixed(0)} ms`,
  );
}

/** One job for all agents, each connected and in its room. The first event that any of them gets starts the clock. */
async function dispatch(toAll: boolean): Promise<void> {
  const engine = await startEngineProcess({
    env: { BOREALIS_ENGINE_JOBS_TO_ALL: String(toAll), BOREALIS_ENGINE_BACKGROUND: 'scheduler' },
  });
  try {
    const scripts = join(engine.root, 'Assemblies', 'Scripts');
    await mkdir(scripts, { recursive: true });
    await writeFile(
      join(scripts, 'Bench.json'),
      JSON.stringify({ name: 'Bench', script: 'exit 0', type: 'powershell' }),
    );
    const clients = await openWireClients(engine.address, agents);
    for (const [nth, client] of clients.entries()) {
      const agent = { agent_id: `BENCH-${nth}-agent`, hostname: `BENCH-${nth}`, service_mode: 'system' };
      client.send(`42["connect_agent",${JSON.stringify(agent)}]`);
      client.send(`421["collector_status",${JSON.stringify({ ...agent, active: true })}]`);
    }
    await Promise.all(clients.map((client) => client.frame((frame) => frame === '431[]')));
    const arrivals = clients.map(async (client, nth) => {
      await client.frame((frame) => frame.includes(`"target_hostname":"BENCH-${nth}"`));
      return performance.now();
    });
    const answer = await fetch(`${engine.address}/api/scheduled_jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ name: 'bench', components: [{ type: 'script', path: 'Bench.json' }] },
        targets: clients.map((_, nth) => `BENCH-${nth}`),
      }),
    });
    if (answer.status !== 200) throw new Error(`creating the job: ${answer.status} ${await answer.text()}`);
    const times = await Promise.all(arrivals);
    const spread = Math.max(...times) - Math.min(...times);
    const whom = toAll ? 'every client is told of each run, as the legacy does' : 'each agent is told of its own run';
    console.log(
      `a job for ${agents} agents, ${whom}: all have it ${toAll ? `${spread.toFixed(0)} ms` : hold('dispatch', spread, GOAL.dispatchMs)} after the first`,
    );
    for (const { socket } of clients) socket.terminate();
  } finally {
    await engine.stop();
  }
}

console.log(`${jobs} jobs of ${TARGETS} targets, ${jobs * TARGETS} runs`);
await ticks();
for (const toAll of [false, true]) await dispatch(toAll);
if (missed.length > 0) process.exitCode = 1;
