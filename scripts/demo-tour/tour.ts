/** The tour, gone through by itself: each step looks at what an operator would look at, and fails when it is not so. */
import type { DemoWorld } from './demo-world.js';
import { type Load, startLoad } from './load.js';

export async function runTour(world: DemoWorld, say: (text: string) => void): Promise<void> {
  const load = startLoad(world.address);
  try {
    await load.servedBy('legacy');
    say('1  traffic runs, and the legacy answers');
    await compare(world, say);
    await flip(world, load, say);
    await explain(world, say);
    await killEngine(world, load, say);
    await rollBack(world, load, say);
    await agentsNoticedNothing(world, load, say);
  } finally {
    await load.stop();
  }
}

/** Of each row that agents call, at least so many: enough to see that they are compared at all. */
const COMPARED = 3;
const COMPARED_ROWS = ['token-refresh', 'agent-heartbeat'];

async function compare(world: DemoWorld, say: (text: string) => void): Promise<void> {
  for (const target of ['token-refresh', 'device-calls'])
    await succeed(world, 'flip', target, 'shadow', '--why', 'the tour');
  const until = performance.now() + 60_000;
  for (let rows = await compared(world); rows.some(({ conclusive }) => conclusive < COMPARED); ) {
    if (performance.now() > until) throw new Error(`too little was compared: ${JSON.stringify(rows)}`);
    await Promise.all(world.agents.map((agent) => agent.waitForNext('refreshed')));
    rows = await compared(world);
  }
  const { output } = await succeed(world, 'mismatches');
  const differing = (await compared(world)).filter(({ counts }) => counts.mismatch > 0);
  if (differing.length > 0) throw new Error(`the engine differs:\n${output}`);
  say("2  agents' rows are at shadow: the engine dry-runs what the legacy does, and differs in nothing");
}

interface ComparedRow {
  readonly row: string;
  readonly conclusive: number;
  readonly counts: { readonly mismatch: number };
}

async function compared(world: DemoWorld): Promise<readonly ComparedRow[]> {
  const { output } = await succeed(world, '--json', 'compare');
  const { rows } = JSON.parse(output) as { rows: readonly ComparedRow[] };
  return rows.filter(({ row }) => COMPARED_ROWS.includes(row));
}

async function flip(world: DemoWorld, load: Load, say: (text: string) => void): Promise<void> {
  await succeed(world, 'flip', 'server-time', 'engine', '--why', 'the tour');
  await load.servedBy('engine');
  await succeed(world, 'flip', 'token-refresh', 'engine', '--why', 'the tour');
  await Promise.all(world.agents.map((agent) => agent.waitForNext('refreshed', ({ status }) => status === 200)));
  say('3  server-time and token-refresh were flipped: the engine answers, agents refresh there');
}

async function explain(world: DemoWorld, say: (text: string) => void): Promise<void> {
  const { output } = await succeed(world, 'explain', 'GET', '/api/server/time');
  if (!output.includes('at stage engine the engine answers')) throw new Error(`explain says:\n${output}`);
  say('4  facade explain says so, and why');
}

async function killEngine(world: DemoWorld, load: Load, say: (text: string) => void): Promise<void> {
  const pid = await enginePid(world);
  process.kill(pid, 'SIGKILL');
  await load.servedBy('legacy');
  say('5  the engine was killed: the legacy answers in its place ...');
  await load.servedBy('engine');
  if ((await enginePid(world)) === pid) throw new Error('the engine was not started anew');
  say('   ... until it is back');
}

async function rollBack(world: DemoWorld, load: Load, say: (text: string) => void): Promise<void> {
  await succeed(world, 'rollback', '--why', 'the tour');
  await succeed(world, 'rollback', '--to', '1', '--why', 'the tour');
  await load.servedBy('legacy');
  const { output } = await succeed(world, 'audit');
  if (!output.includes('the tour')) throw new Error(`the audit says:\n${output}`);
  say('6  rolled back: the legacy answers again, and the audit knows who did what and why');
}

async function agentsNoticedNothing(world: DemoWorld, load: Load, say: (text: string) => void): Promise<void> {
  await Promise.all(world.agents.map((agent) => agent.waitForNext('heartbeat', ({ status }) => status === 200)));
  const lost = world.agents.flatMap((agent) => agent.fatal());
  const reconnected = world.agents.filter(
    (agent) => agent.events.filter(({ type }) => type === 'connected').length > 1,
  );
  if (lost.length > 0 || reconnected.length > 0)
    throw new Error(`agents noticed: ${JSON.stringify({ lost, reconnected })}`);
  const { answered, failed } = load.counts();
  if (failed.length > 0)
    throw new Error(`of ${answered + failed.length} requests failed: ${failed.slice(0, 5).join(', ')}`);
  say(`   ${answered} requests were answered meanwhile and none failed; ${world.agents.length} agents noticed nothing`);
}

async function succeed(world: DemoWorld, ...args: string[]): Promise<{ readonly output: string }> {
  const { code, output } = await world.cli(...args);
  if (code !== 0) throw new Error(`facade ${args.join(' ')} ended with ${code}:\n${output}`);
  return { output };
}

async function enginePid(world: DemoWorld): Promise<number> {
  const { output } = await succeed(world, '--json', 'status');
  const pid = (JSON.parse(output) as { engine: { process: { pid: number | null } | null } }).engine.process?.pid;
  if (typeof pid !== 'number') throw new Error(`no engine runs:\n${output}`);
  return pid;
}
