/**
 * The packet bridge beside the tunnel: memory per connection, CPU per event, and what each adds to an event's round trip. Processes on
 * loopback: this one holds the clients, one the facade's sockets, one a Socket.IO server that acknowledges everything. Bounded in count
 * and time.
 *
 * Usage: tsx scripts/bench-bridge.ts [COUNT=5000]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Server } from 'socket.io';
import { startSocketFacade } from '../test/kit/flask-socketio-facade.js';
import { FrameClient } from '../test/kit/socket-protocol/frame-client.js';

const SELF = fileURLToPath(import.meta.url);
const AT_ONCE = 100;
const MOST = 9000;
const DEADLINE_MS = 420_000;
/** Each client sends one heartbeat in this time, as agents do. */
const HEARTBEAT_EVERY_S = 15;
const BEAT_SECONDS = 30;
const ROUND_TRIPS = 1500;
/** Of the bridge's CPU to the tunnel's at most, and milliseconds that it may add at p50. */
const GOAL = { cpu: 2.5, addedMs: 1 };
const HEARTBEAT = JSON.stringify({
  ...{ agent_id: 'BENCH-1_5E1F9C1A-0000-4000-8000-000000000001_SYSTEM', hostname: 'BENCH-1' },
  ...{ agent_operating_system: 'Windows 11', last_seen: 1_700_000_000, service_mode: 'system' },
});

interface Usage {
  readonly rss: number;
  /** Microseconds. */
  readonly cpu: number;
}

interface Measured {
  readonly kibEach: number;
  /** Microseconds of the facade's CPU per event, its acknowledgement and the pings meanwhile included. */
  readonly cpuPerEvent: number;
  readonly p50: number;
  readonly p99: number;
}

async function main(count: number): Promise<void> {
  setTimeout(() => {
    console.error(`not done after ${DEADLINE_MS / 1000} s`);
    process.exit(1);
  }, DEADLINE_MS).unref();
  const side = fork(SELF, ['side'], { execArgv: process.execArgv });
  const sidePort = await message<number>(side);
  const direct = await roundTrips(sidePort);
  const measured: Partial<Record<'legacy' | 'split', Measured>> = {};
  for (const stage of ['legacy', 'split'] as const) measured[stage] = await measure(stage, sidePort, count);
  side.kill();
  const { legacy: tunnel, split: bridge } = measured as Record<'legacy' | 'split', Measured>;
  console.log(`round trip of an event, p50 / p99: direct ${shown(direct)} ms`);
  for (const [name, { kibEach, cpuPerEvent, p50, p99 }] of Object.entries({ tunnel, bridge }))
    console.log(
      `${name}: ${kibEach.toFixed(1)} KiB a connection, ${cpuPerEvent.toFixed(0)} µs of CPU an event; round trip ${shown({ p50, p99 })} ms`,
    );
  const cpu = bridge.cpuPerEvent / tunnel.cpuPerEvent;
  const addedMs = bridge.p50 - direct.p50;
  const met = cpu <= GOAL.cpu && addedMs <= GOAL.addedMs;
  console.log(
    `bridge/tunnel: CPU ${cpu.toFixed(2)} (goal ${GOAL.cpu}), memory ${(bridge.kibEach / tunnel.kibEach).toFixed(2)}; added at p50 ${addedMs.toFixed(2)} ms (goal ${GOAL.addedMs})${met ? '' : '  MISSED'}`,
  );
  process.exitCode = met ? 0 : 1;
}

async function measure(stage: 'legacy' | 'split', sidePort: number, count: number): Promise<Measured> {
  const facade = fork(SELF, ['facade', String(sidePort), stage], { execArgv: [...process.execArgv, '--expose-gc'] });
  const port = await message<number>(facade);
  // What the first connections cost once (code compiled, buffers made) is not counted.
  for (const client of await joinMany(port, 100)) client.end();
  const trips = await roundTrips(port);
  const before = await usage(facade);
  const clients = await joinMany(port, count);
  const open = await usage(facade);
  const events = await beat(clients);
  const after = await usage(facade);
  for (const client of clients) client.end();
  facade.kill();
  return {
    kibEach: (open.rss - before.rss) / count / 1024,
    cpuPerEvent: (after.cpu - open.cpu) / events,
    ...trips,
  };
}

/** @returns events that were acknowledged */
async function beat(clients: readonly FrameClient[]): Promise<number> {
  let acknowledged = 0;
  const began = performance.now();
  const total = Math.floor((clients.length * BEAT_SECONDS) / HEARTBEAT_EVERY_S);
  const waiting: Promise<void>[] = [];
  for (let sent = 0; sent < total; sent += 1) {
    const due = began + (sent / total) * BEAT_SECONDS * 1000;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    const client = clients[sent % clients.length];
    client?.send(`42${sent}["agent_heartbeat",${HEARTBEAT}]`);
    const answered = client
      ?.next((frame) => frame.startsWith(`43${sent}[`))
      .then(() => {
        acknowledged += 1;
      });
    if (answered !== undefined) waiting.push(answered);
  }
  await Promise.all(waiting);
  return acknowledged;
}

async function roundTrips(port: number): Promise<{ readonly p50: number; readonly p99: number }> {
  const client = await FrameClient.join(`http://127.0.0.1:${port}`);
  const times: number[] = [];
  for (let id = 0; id < ROUND_TRIPS; id += 1) {
    const began = performance.now();
    client.send(`42${id}["agent_heartbeat",${HEARTBEAT}]`);
    await client.next((frame) => frame.startsWith(`43${id}[`));
    times.push(performance.now() - began);
  }
  client.end();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

async function joinMany(port: number, count: number): Promise<FrameClient[]> {
  const clients: FrameClient[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      clients.push(await FrameClient.join(`http://127.0.0.1:${port}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return clients;
}

function shown({ p50, p99 }: { readonly p50: number; readonly p99: number }): string {
  return `${p50.toFixed(2)} / ${p99.toFixed(2)}`;
}

async function message<T>(child: ChildProcess): Promise<T> {
  const [value] = (await once(child, 'message')) as [T];
  return value;
}

function usage(facade: ChildProcess): Promise<Usage> {
  facade.send('usage');
  return message<Usage>(facade);
}

async function runSide(): Promise<void> {
  const http = createServer();
  const io = new Server(http, { pingInterval: 25_000, pingTimeout: 20_000 });
  io.on('connection', (socket) => {
    socket.onAny((_event, _payload, acknowledge?: () => void) => acknowledge?.());
  });
  http.listen(0, '127.0.0.1', 8192);
  await once(http, 'listening');
  process.send?.((http.address() as AddressInfo).port);
}

async function runFacade(sidePort: number, stage: 'legacy' | 'split'): Promise<void> {
  const facade = await startSocketFacade({
    legacy: { url: `http://127.0.0.1:${sidePort}` },
    stage,
    split: { connectionsPerAddress: 0 },
  });
  process.on('message', () => {
    global.gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ rss: process.memoryUsage.rss(), cpu: user + system } satisfies Usage);
  });
  process.send?.(facade.port);
}

const [role = '5000', argument = '', stage = 'legacy'] = process.argv.slice(2);
if (role === 'side') await runSide();
else if (role === 'facade') await runFacade(Number(argument), stage as 'legacy' | 'split');
else await main(Math.min(Number(role), MOST));
