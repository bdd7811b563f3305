/**
 * The scheduler on a real database, with a clock, agents and files of its own, and no timer: tests say when it ticks. All jobs are the
 * engine's, unless a test wishes otherwise.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { UTC, type Zone } from '../../src/engine/domain/scheduling/zone.js';
import { openSharedDatabase } from '../../src/engine/open-shared-database.js';
import { AgentRegistry } from '../../src/engine/services/agent-registry.js';
import { AssemblyFiles } from '../../src/engine/services/assemblies/assembly-files.js';
import { EventRecorder } from '../../src/engine/services/dry-run/event-recorder.js';
import { ServerRunRecorder } from '../../src/engine/services/dry-run/server-run-recorder.js';
import { activeAt } from '../../src/engine/services/presence-service.js';
import type { RequestContext, ServerRunSink } from '../../src/engine/services/request-context.js';
import { JobAudience } from '../../src/engine/services/scheduling/job-audience.js';
import { JobOrderMaker } from '../../src/engine/services/scheduling/job-orders.js';
import { type HandoverReport, SchedulerHandover } from '../../src/engine/services/scheduling/scheduler-handover.js';
import { SchedulerTick } from '../../src/engine/services/scheduling/scheduler-tick.js';
import type { EmittedEvent } from '../../src/legacy-bridge/effects/effects.js';
import type { SchedulerState, SchedulerWish } from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { seedScenario } from './parity.js';
import { silentLog } from './silent-engine-log.js';

export interface JobRow {
  readonly type: string;
  /** Epoch seconds. */
  readonly start?: number | null;
  readonly created?: number;
  readonly targets: readonly unknown[];
  /** Default: the script `Tick.json`. */
  readonly components?: readonly unknown[];
  readonly expiration?: string;
  readonly context?: string;
  readonly enabled?: number;
}

export interface RunRow {
  readonly id: number;
  readonly job_id: number;
  readonly scheduled_ts: number | null;
  readonly started_ts: number | null;
  readonly finished_ts: number | null;
  readonly status: string | null;
  readonly error: string | null;
  readonly target_hostname: string | null;
}

export interface SchedulerWorld {
  /** A connection as the legacy's: the engine's triggers hold for it. */
  readonly db: Database.Database;
  readonly orders: JobOrderMaker;
  /** What a service may touch, at the world's moment. */
  context(): RequestContext;
  /** Says who is to own what, and takes what is to be taken. */
  wish(wish: SchedulerWish): Promise<void>;
  state(): Promise<SchedulerState>;
  /** Epoch seconds. */
  now: number;
  /** Ticks at this moment, or at the world's own. */
  tick(at?: number): Promise<HandoverReport>;
  /** A process that was told nothing yet, and has just begun to listen: agents are offline until they report again. */
  restart(): void;
  /** What was emitted since the last call. */
  emitted(): readonly EmittedEvent[];
  /** The collectors of these hosts report now. */
  report(...hostnames: readonly string[]): void;
  addJob(job: JobRow): number;
  runs(jobId?: number): readonly RunRow[];
  putAssembly(path: string, content: object | string): Promise<void>;
  stop(): Promise<void>;
}

export interface SchedulerWorldOptions {
  /** Rows of a recorded scenario. Default: none. */
  readonly scenario?: string;
  /** Epoch seconds. Default: a Tuesday in March 2026. */
  readonly now?: number;
  /** Default: UTC. */
  readonly zone?: Zone;
  /** Agents that have joined their rooms: only they are told of jobs. Default: everybody is. */
  readonly audience?: ReadonlySet<string>;
  /** What runs playbooks on the server. Default: nothing does. */
  readonly serverRuns?: (root: string, contextFor: () => RequestContext) => ServerRunSink;
  /** Default: all jobs are the engine's. Null: it is told nothing. */
  readonly wish?: SchedulerWish | null;
}

const ENGINE_OWNS_ALL: SchedulerWish = { owner: 'engine', jobs: {} };

export async function startSchedulerWorld(options: SchedulerWorldOptions = {}): Promise<SchedulerWorld> {
  const root = await mkdtemp(join(tmpdir(), 'scheduler-'));
  const path = join(root, 'database.db');
  if (options.scenario !== undefined) await seedScenario(options.scenario, path);
  const monotonic = () => performance.now();
  const dryRun = { waitMs: 50, holdMs: 100 };
  const shared = await openSharedDatabase(
    { path, autoMigrate: true, busyDeadlineMs: 5000, dryRun },
    { log: silentLog, monotonic, jitter: () => 0.5 },
  );
  const db = new Database(path, { timeout: 5000 });
  db.pragma('foreign_keys = OFF');
  const orders = new JobOrderMaker(new AssemblyFiles(join(root, 'Assemblies')), undefined);
  const { audience: rooms } = options;
  const audience = new JobAudience({ toAll: rooms === undefined, isInRoom: (room) => rooms?.has(room) === true });
  const newHandover = (listeningSince: number) =>
    new SchedulerHandover(
      new SchedulerTick({ orders, audience, zone: options.zone ?? UTC, historyDays: 30, listeningSince }),
      () => shared.file.state() === 'same',
    );
  let agents = new AgentRegistry();
  let handover = newHandover(0);
  let events = new EventRecorder();
  const serverRuns = options.serverRuns?.(root, () => world.context()) ?? new ServerRunRecorder();
  let bytes = 0;
  const random = {
    bytes(length: number) {
      bytes += 1;
      return Buffer.alloc(length, bytes % 256);
    },
    uuid: () => 'uuid',
  };
  const world: SchedulerWorld = {
    db,
    orders,
    now: options.now ?? 1_773_152_617,
    context() {
      const clock = { now: () => world.now * 1000 };
      const { unitOfWork } = shared;
      return { unitOfWork, clock, random, events, agents, serverRuns, log: silentLog } as unknown as RequestContext;
    },
    async wish(wish) {
      handover.wish(wish);
      await handover.take(world.context());
    },
    state: () => handover.state(world.context()),
    tick(at = world.now) {
      world.now = at;
      return handover.tick(world.context());
    },
    restart() {
      agents = new AgentRegistry();
      handover = newHandover(world.now * 1000);
    },
    emitted() {
      const { events: emitted } = events;
      events = new EventRecorder();
      return emitted;
    },
    report(...hostnames) {
      for (const hostname of hostnames)
        agents.learn(`${hostname}-agent`, {
          hostname,
          ...activeAt(world.now * 1000, agents.find(`${hostname}-agent`)),
        });
    },
    addJob(job) {
      const { lastInsertRowid } = db
        .prepare(
          'INSERT INTO scheduled_jobs (name, components_json, targets_json, schedule_type, start_ts, expiration, execution_context, enabled, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .run(
          'job',
          JSON.stringify(job.components ?? [{ type: 'script', path: 'Tick.json' }]),
          JSON.stringify(job.targets),
          job.type,
          job.start ?? null,
          job.expiration ?? 'no_expire',
          job.context ?? 'system',
          job.enabled ?? 1,
          job.created ?? 1,
        );
      return Number(lastInsertRowid);
    },
    runs: (jobId) =>
      db
        .prepare('SELECT * FROM scheduled_job_runs WHERE ? IS NULL OR job_id = ? ORDER BY id')
        .all(jobId ?? null, jobId ?? null) as RunRow[],
    async putAssembly(file, content) {
      const target = join(root, 'Assemblies', file);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, typeof content === 'string' ? content : JSON.stringify(content));
    },
    async stop() {
      db.close();
      shared.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  await world.putAssembly('Scripts/Tick.json', { name: 'Tick', type: 'powershell', script: 'exit 0;' });
  if (options.wish !== null) await world.wish(options.wish ?? ENGINE_OWNS_ALL);
  return world;
}
