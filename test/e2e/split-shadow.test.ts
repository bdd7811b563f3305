/**
 * Events at shadow, with the real facade and engine before the sample legacy: what both would do is compared, faults of the
 * engine are named, and clients notice nothing.
 */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { io, type Socket } from 'socket.io-client';
import { countOf } from '../kit/facade-metrics.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { patientShadowing } from '../kit/patient-shadowing.js';
import { type PlantedBuild, plantedBuild } from '../kit/planted-build.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

interface World {
  readonly legacy: SampleLegacy;
  readonly facade: FacadeProcess;
  readonly client: Socket;
  /** By it the facade tells what goes to all from what goes to one. */
  readonly other: Socket;
  /** Sends an event and waits until it was compared, or dropped. */
  send(event: string, payload: unknown): Promise<void>;
  evidence(row: string): Promise<Evidence>;
  stop(): Promise<void>;
}

interface Evidence {
  readonly summary: {
    readonly counts: Readonly<Record<string, number>>;
    readonly drops: readonly { readonly reason: string }[];
    readonly notes: readonly string[];
  };
  readonly evidence: {
    readonly statuses: readonly { readonly value: string; readonly compared: number }[];
    readonly mismatches: readonly { readonly kind: string; readonly path: string }[];
  };
}

const ACTIVITY = 7;

async function startWorld(sources?: string): Promise<World> {
  const legacy = await startSampleLegacy();
  seed(legacy.databaseFile);
  const facade = await startFacadeProcess({
    legacy,
    ...patientShadowing,
    ...(sources === undefined ? {} : { sources }),
  });
  await facade.engineReady();
  await facade.flip('sockets', 'split');
  for (const target of ['windows', 'presence', 'event:macro_status', 'event:quick_job_result'])
    await facade.flip(target, 'shadow');
  const [other, client] = [await dial(facade), await dial(facade)];
  await linked(facade);
  const settled = async (): Promise<number> =>
    (await countOf(facade, 'facade_comparisons_total')) + (await countOf(facade, 'facade_comparison_drops_total'));
  return {
    ...{ legacy, facade, client, other },
    send: async (event, payload) => {
      const before = await settled();
      await client.emitWithAck(event, payload);
      while ((await settled()) === before) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    evidence: async (row) => (await facade.admin('GET', `/comparisons/${encodeURIComponent(row)}`)) as Evidence,
    stop: async () => {
      for (const socket of [client, other]) socket.close();
      await facade.stop();
      await legacy.stop();
    },
  };
}

async function dial(facade: FacadeProcess): Promise<Socket> {
  const socket = io(facade.address, { transports: ['websocket'], reconnection: false, forceNew: true });
  await new Promise<void>((resolve) => void socket.once('connect', resolve));
  return socket;
}

async function linked(facade: FacadeProcess): Promise<void> {
  const isLinked = async () => ((await facade.admin('GET', '/sockets')) as { link: boolean | null }).link === true;
  while (!(await isLinked())) await new Promise((resolve) => setTimeout(resolve, 20));
}

function seed(databaseFile: string): void {
  const db = new Database(databaseFile);
  db.prepare(
    "INSERT INTO activity_history (id, hostname, script_name, script_path, script_type, ran_at, status) VALUES (?, 'PC', 's', 's.ps1', 'powershell', 1700000000, 'Running')",
  ).run(ACTIVITY);
  db.close();
}

const RESULT = { job_id: ACTIVITY, status: 'Success', stdout: 'done', stderr: '' };
const BEAT = { agent_id: 'pc-1', hostname: 'PC', last_seen: 1_700_000_100 };

describe('events at shadow', function () {
  this.timeout(60_000);
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.stop());

  for (const [name, event, payload] of [
    ['a relay', 'list_agent_windows', { agent_id: 'pc-1', n: 1, text: 'ü' }],
    ['a relay of a macro', 'macro_status', { agent_id: 'pc-1', status: 'running' }],
    ['a connecting agent', 'connect_agent', { agent_id: 'pc-1', service_mode: 'system' }],
    ['a heartbeat', 'agent_heartbeat', BEAT],
    ['a result', 'quick_job_result', RESULT],
  ] as const)
    it(`${name} agrees`, async () => {
      await world.send(event, payload);
      const { summary, evidence } = await world.evidence(`event:${event}`);
      assert.deepEqual([summary.counts.match, summary.drops], [1, []], JSON.stringify(summary));
      assert.deepEqual(
        evidence.statuses.map(({ value, compared }) => [value, compared]),
        [['2xx', 1]],
      );
    });

  it('are executed once, and by the legacy: the engine writes nothing', () => {
    const db = new Database(world.legacy.databaseFile, { readonly: true });
    const row = db.prepare('SELECT status, stdout FROM activity_history WHERE id = ?').get(ACTIVITY);
    db.close();
    assert.deepEqual(row, { status: 'Success', stdout: 'done' });
  });

  it('keep their order and their acknowledgements, and no other reaches the client', async () => {
    const { client, other } = world;
    const heard: number[] = [];
    const packets: string[] = [];
    other.on('list_agent_windows', ({ n }: { n: number }) => heard.push(n));
    client.io.engine.on('packet', ({ data }: { data?: unknown }) => packets.push(String(data)));
    const acks: Promise<unknown>[] = [];
    for (let n = 0; n < 40; n += 1) {
      // Without a wish for an acknowledgement too: the facade asks for one of its own.
      if (n % 2 === 0) client.emit('list_agent_windows', { n });
      else acks.push(client.emitWithAck('list_agent_windows', { n }));
    }
    await Promise.all(acks);
    await client.emitWithAck('macro_status', {});
    assert.deepEqual(
      heard,
      Array.from({ length: 40 }, (_unused, n) => n),
    );
    const acknowledged = packets.filter((text) => /^3/.test(text));
    assert.equal(acknowledged.length, 21, acknowledged.join());
    assert.ok(acknowledged.every((text) => text.length < 8));
  });

  it('are compared beside those that wait: never two of one session at once', async () => {
    const { summary } = await world.evidence('event:list_agent_windows');
    assert.deepEqual([...new Set(summary.drops.map(({ reason }) => reason))], ['in_flight']);
    assert.equal(summary.counts.mismatch, 0);
  });

  it('never keep what came with the handshake', async () => {
    const { pairs } = (await world.facade.admin('GET', '/pair-export?row=event:list_agent_windows')) as {
      pairs: readonly unknown[];
    };
    assert.ok(pairs.length > 0);
    assert.doesNotMatch(JSON.stringify(pairs), /user-agent|cookie|sec-websocket/i);
  });

  it('let their row be judged and promoted, as a route’s', async () => {
    const refusal = await world.facade
      .admin('POST', '/promote', { target: 'event:macro_status', percent: 5, who: 'test' })
      .catch(String);
    assert.match(String(refusal), /gate_not_met/);
    assert.match(String(refusal), /conclusive comparisons of at least/);
  });
});

const FAULTS = [
  {
    name: 'an event told twice',
    plant: {
      file: 'engine/interfaces/ws/event-handlers.ts',
      find: '=> events.emit(event, raw)',
      replace: '=> { events.emit(event, raw); events.emit(event, raw); }',
    },
    send: ['list_agent_windows', { agent_id: 'pc-1' }],
    found: /^doubled events\.list_agent_windows/,
  },
  {
    name: 'an event not told',
    plant: {
      file: 'engine/interfaces/ws/event-handlers.ts',
      find: "events.emit('macro_status', argument.raw);",
      replace: 'void events;',
    },
    send: ['macro_status', { agent_id: 'pc-1' }],
    found: /^missing events\.macro_status/,
  },
  {
    name: 'a wrong column',
    plant: {
      file: 'engine/services/job-result-service.ts',
      find: 'storeResult(result);',
      replace: 'storeResult({ ...result, stdout: result.stdout + "!" });',
    },
    send: ['quick_job_result', RESULT],
    found: /^value rows\.activity_history.*\.stdout$/,
  },
  {
    name: 'an event told to its sender alone',
    plant: {
      file: 'engine/services/job-result-service.ts',
      find: "events.emit('device_activity_changed', {",
      replace: "events.emitToSender('device_activity_changed', {",
    },
    send: ['quick_job_result', RESULT],
    found: /^extra events\.device_activity_changed.*toSender$/,
  },
  {
    name: 'a wrong time of a heartbeat',
    plant: {
      file: 'engine/services/presence-service.ts',
      find: 'beat.lastSeen || secondsOf(clock.now());',
      replace: '((at: any) => at + (typeof at === "bigint" ? 7n : 7))(beat.lastSeen || secondsOf(clock.now()));',
    },
    send: ['agent_heartbeat', BEAT],
    found: /^value rows\.devices.*\.last_seen$/,
  },
  {
    name: 'a handler that fails',
    plant: {
      file: 'engine/services/presence-service.ts',
      find: 'async connect(',
      replace: 'async connect() { throw new Error("planted"); }\n  async connectAsBefore(',
    },
    send: ['connect_agent', { agent_id: 'pc-1' }],
    found: /^status status$/,
  },
] as const;

describe('faults of the engine at events in shadow', function () {
  this.timeout(90_000);
  let build: PlantedBuild;
  let world: World;
  before(async () => {
    build = await plantedBuild(FAULTS.map(({ plant }) => plant));
    world = await startWorld(build.sources);
    for (const send of new Map(FAULTS.map(({ send: one }) => [one[0], one] as const)).values())
      await world.send(send[0], send[1]);
  });
  after(async () => {
    await world?.stop();
    await build?.remove();
  });

  for (const { name, send, found } of FAULTS)
    it(`names ${name}`, async () => {
      const { evidence, summary } = await world.evidence(`event:${send[0]}`);
      const differences = evidence.mismatches.map(({ kind, path }) => `${kind} ${path}`);
      assert.ok(
        differences.some((text) => found.test(text)),
        JSON.stringify({ differences, summary }),
      );
    });
});
