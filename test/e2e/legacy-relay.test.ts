/**
 * At sockets stage engine, over TLS to a legacy with its own root, the legacy's emissions reach the engine's own clients, and the legacy
 * knows who is there: its scheduler finds them online, each client hears each emission of each side once, wherever its session lives, and
 * a restart of the legacy disturbs nobody.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { io, type Socket } from 'socket.io-client';
import type { ShownRelay } from '../../src/facade/admin/admin-deps.js';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';
import { type EditedTable, editedTable } from '../kit/edited-table.js';
import { metricOf } from '../kit/facade-metrics.js';

interface Listener {
  readonly socket: Socket;
  /** Events other than the agent's own traffic, in order. */
  readonly heard: string[];
  /** Resolves once it has heard this. */
  until(entry: string): Promise<void>;
}

const HOST = 'RELAY-PC';

async function listenAt(url: string, ca: string): Promise<Listener> {
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  const socket = io(url, { transports: ['websocket'], forceNew: true, ca });
  socket.onAny((event: string, payload: unknown) => {
    heard.push(`${event} ${JSON.stringify(payload)}`);
    for (const wake of waiting) wake();
    waiting.clear();
  });
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  const until = async (entry: string) => {
    while (!heard.includes(entry)) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  return { socket, heard, until };
}

describe('e2e: the engine’s relay to the legacy', function () {
  this.timeout(120_000);
  let table: EditedTable;
  let world: AgentWorld;
  const listeners: Listener[] = [];
  const listen = async (url: string): Promise<Listener> => {
    const listener = await listenAt(url, readFileSync(world.legacy.rootCertificateFile, 'utf8'));
    listeners.push(listener);
    return listener;
  };
  before(async () => {
    table = await editedTable({ socketsStage: 'engine' });
    world = await startAgentWorld({
      legacy: { tls: true, scheduler: 1 },
      facade: { tableFile: table.file },
      agent: { hostname: HOST, roleSeconds: 20 },
    });
  });
  after(async () => {
    for (const { socket } of listeners) socket.disconnect();
    await world?.stop();
    await table.remove();
  });
  afterEach(() => assert.deepEqual(world.agent.fatal(), []));

  /** The agent as the legacy shows it, once it is so. */
  const agentAtLegacy = async (isSo: (agent: Readonly<Record<string, unknown>>) => boolean): Promise<string> => {
    for (;;) {
      const { body } = await world.legacy.call('GET', '/api/agents');
      const agent = Object.values(body as Record<string, Record<string, unknown>>).find(isSo);
      if (agent !== undefined) return String(agent.agent_id);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const isOnline = ({ status }: Readonly<Record<string, unknown>>) => status !== 'Offline';
  const relayIs = async (up: 0 | 1): Promise<void> => {
    while ((await metricOf(world.facade, 'facade_socket_relay_up')).get('') !== up)
      await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const relayNow = async (): Promise<ShownRelay | null> =>
    ((await world.facade.admin('GET', '/sockets')) as { relay: ShownRelay | null }).relay;
  const provision = async (roles: readonly unknown[]): Promise<string> => {
    const agentId = await agentAtLegacy(isOnline);
    const { status } = await world.legacy.call('POST', '/api/agent/provision', { agent_id: agentId, roles });
    assert.equal(status, 200);
    return agentId;
  };
  const configs = () => world.agent.events.filter(({ type }) => type === 'config').map(({ roles }) => roles);

  it('lets the legacy know who is there, and the agent what the legacy provisions, once', async () => {
    await relayIs(1);
    const heard = world.agent.waitForNext('config', ({ roles }) => roles === 2);
    await provision([{ role: 'a' }, { role: 'b' }]);
    await heard;
    const next = world.agent.waitForNext('config', ({ roles }) => roles === 3);
    await provision([1, 2, 3]);
    await next;
    assert.deepEqual(configs(), [2, 3]);
  });

  it('answers an agent that asks for what the legacy has', async () => {
    const own = await listen(world.facade.address);
    own.socket.emit('request_config', { agent_id: await agentAtLegacy(isOnline) });
    await own.until('agent_config {"roles":[1,2,3]}');
  });

  it('sends jobs of the legacy’s scheduler and of its quick runs to the agent, whom it knows to be online, once', async () => {
    const { legacy, agent } = world;
    const content = { name: 'Hello', type: 'powershell', script: 'exit 0', variables: [] };
    const made = { island: 'scripts', kind: 'file', path: 'Hello', content };
    assert.equal((await legacy.call('POST', '/api/assembly/create', made)).status, 200);
    const job = { name: 'hello', components: [{ type: 'script', path: 'Hello.json' }], targets: [HOST] };
    assert.equal((await legacy.call('POST', '/api/scheduled_jobs', job)).status, 200);
    await agent.waitFor('job', ({ status, sent }) => String(status) === 'Success' && sent === true);
    const quick = agent.waitForNext('job');
    const run = { script_path: 'Scripts/Hello.json', hostnames: [HOST] };
    assert.equal((await legacy.call('POST', '/api/scripts/quick_run', run)).status, 200);
    await quick;
    const ids = agent.events.filter(({ type }) => type === 'job').map(({ job_id }) => job_id);
    assert.deepEqual([ids.length, new Set(ids).size], [2, 2]);
  });

  it('brings each emission of either side to each client once', async () => {
    const { facade, legacy } = world;
    await facade.flip('sockets', 'split');
    const bridged = await listen(facade.address);
    await facade.flip('sockets', 'engine');
    const own = await listen(facade.address);
    const direct = await listen(legacy.url);
    const activity = addActivity(legacy.databaseFile);
    const changed = {
      activity_id: activity,
      hostname: 'pc',
      status: 'Success',
      change: 'updated',
      source: 'quick_job',
    };
    // Caused at the legacy, by one of its own clients, by a bridged one, and at the engine.
    direct.socket.emit('quick_job_result', { job_id: activity, status: 'Success' });
    const first = `device_activity_changed ${JSON.stringify(changed)}`;
    await Promise.all([own, bridged, direct].map((listener) => listener.until(first)));
    bridged.socket.emit('list_agent_windows', { of: 'bridged' });
    const second = 'list_agent_windows {"of":"bridged"}';
    await Promise.all([own, bridged, direct].map((listener) => listener.until(second)));
    own.socket.emit('macro_status', { of: 'own' });
    const third = 'macro_status {"of":"own"}';
    await Promise.all([own, bridged].map((listener) => listener.until(third)));
    direct.socket.emit('macro_status', { of: 'the end' });
    const last = 'macro_status {"of":"the end"}';
    await Promise.all([own, bridged, direct].map((listener) => listener.until(last)));
    const counted = ({ heard }: Listener) =>
      heard.filter((entry) => /^(device_|list_|macro_)/.test(entry) && !entry.includes(HOST));
    assert.deepEqual(counted(own), [first, second, third, last]);
    assert.deepEqual(counted(bridged), [first, second, third, last]);
    assert.deepEqual(counted(direct), [first, second, last]);
  });

  it('leaves clients alone while the legacy is down, and tells it who is there when it is back', async () => {
    const { facade, legacy, agent } = world;
    const own = await listen(facade.address);
    const disconnections = () => agent.events.filter(({ type }) => type === 'disconnected').length;
    const before = disconnections();
    await legacy.kill();
    await relayIs(0);
    own.socket.emit('macro_status', { while: 'down' });
    await own.until('macro_status {"while":"down"}');
    const relay = await relayNow();
    assert.deepEqual([relay?.up, relay?.agents], [false, 1]);
    await legacy.restart();
    await agentAtLegacy(isOnline);
    await relayIs(1);
    const heard = agent.waitForNext('config', ({ roles }) => roles === 4);
    await provision([1, 2, 3, 4]);
    await heard;
    assert.deepEqual([disconnections(), own.socket.connected], [before, true]);
  });

  it('is there again with an engine that was killed and started anew', async () => {
    const { facade, agent } = world;
    const killed = await facade.engineReady();
    const back = agent.waitForNext('connected', () => true, 40_000);
    process.kill(killed, 'SIGKILL');
    await facade.engineReady(killed);
    await back;
    const isTold = async () => {
      const relay = await relayNow();
      return relay?.up === true && relay.agents === 1 && relay.waiting === 0;
    };
    while (!(await isTold())) await new Promise((resolve) => setTimeout(resolve, 50));
    const heard = agent.waitForNext('config', ({ roles }) => roles === 6);
    await provision([1, 2, 3, 4, 5, 6]);
    await heard;
  });

  it('goes on for clients of the engine’s own server after a flip back, until they are gone', async () => {
    const { facade } = world;
    await facade.flip('sockets', 'split');
    const heard = world.agent.waitForNext('config', ({ roles }) => roles === 5);
    await provision([1, 2, 3, 4, 5]);
    await heard;
    for (const { socket } of listeners) socket.disconnect();
    const again = world.agent.waitForNext('checkin', ({ status }) => status === 200, 40_000);
    const back = world.agent.waitForNext('connected', () => true, 40_000);
    await facade.admin('POST', '/sockets/drain', { side: 'engine', ratePerSecond: 100, why: 'a test', who: 'test' });
    await Promise.all([back, again]);
    while ((await metricOf(facade, 'facade_socket_relay_up')).has(''))
      await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

/** An activity of host `pc`, whose result can be told. */
function addActivity(databaseFile: string): number {
  const db = new Database(databaseFile, { timeout: 5000 });
  try {
    const insert = db.prepare(
      "INSERT INTO activity_history (hostname, script_path, script_name, script_type, ran_at, status, stdout, stderr) VALUES ('pc', 'p', 'n', 'powershell', 1, 'Running', '', '')",
    );
    return Number(insert.run().lastInsertRowid);
  } finally {
    db.close();
  }
}
