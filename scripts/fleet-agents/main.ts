/** Starts the fleet, lets it run, and reports. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { type FleetOptions, readFleetOptions } from './fleet-options.js';
import { FleetRecord, type FleetReport, faultsOf } from './fleet-record.js';
import { NodeAgent } from './node-agent.js';
import { type PythonAgents, startPythonAgents } from './python-agents.js';
import { writeFleetReport } from './write-fleet-report.js';

const TICK_MS = 50;

try {
  process.exitCode = await main(readFleetOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}

async function main(options: FleetOptions): Promise<number> {
  const record = new FleetRecord();
  const state = await mkdtemp(join(tmpdir(), 'fleet-'));
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const agents: NodeAgent[] = [];
  let python: PythonAgents | undefined;
  try {
    const ca = options.ca === undefined ? undefined : await readFile(options.ca, 'utf8');
    if (options.python > 0) python = startPythonAgents(options, state, record);
    await untilInterrupted(() => startAgents(agents, options, ca, record, interrupted.signal));
    await untilInterrupted(() => pause(options.seconds * 1000, undefined, { signal: interrupted.signal }));
    const report = record.report(agents.length, agents.filter(({ connected }) => connected).length);
    tell(report, options);
    return faultsOf(report).length === 0 ? 0 : 1;
  } finally {
    for (const agent of agents) agent.stop();
    await python?.stop();
    await rm(state, { recursive: true, force: true });
  }
}

async function untilInterrupted(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  }
}

/** At the pace that was asked for, a few at each tick. */
async function startAgents(
  agents: NodeAgent[],
  options: FleetOptions,
  ca: string | undefined,
  record: FleetRecord,
  signal: AbortSignal,
): Promise<void> {
  const { server, prefix, heartbeatSeconds, ackSeconds, reconnectSeconds, rampPerSecond, transport } = options;
  const transports = transport === 'upgrade' ? (['polling', 'websocket'] as const) : [transport];
  const began = performance.now();
  while (agents.length < options.agents) {
    const due = Math.min(options.agents, Math.ceil(((performance.now() - began) / 1000) * rampPerSecond));
    while (agents.length < due) {
      const hostname = `${prefix}-${String(agents.length + 1).padStart(6, '0')}`;
      const agentId = `${hostname}_${randomUUID().toUpperCase()}_SYSTEM`;
      const agent = new NodeAgent({
        ...{ server, agentId, hostname, transports, ca, record },
        ...{ heartbeatMs: heartbeatSeconds * 1000, ackMs: ackSeconds * 1000, reconnectMs: reconnectSeconds * 1000 },
      });
      agents.push(agent);
      agent.start();
    }
    await pause(TICK_MS, undefined, { signal });
  }
}

function tell(report: FleetReport, { json }: FleetOptions): void {
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : writeFleetReport(report));
}
