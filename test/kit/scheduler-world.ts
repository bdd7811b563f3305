/** The scheduler on a real database, with a clock, agents and files of its own, and no timer: tests say when it ticks. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { UTC, type Zone } from '../../src/engine/domain/scheduling/zone.js';
import { openSharedDatabase } from '../../src/engine/open-shared-database.js';
import { AgentRegistry } from '../../src/engine/services/agent-registry.js';
import { AssemblyFiles } from '../../src/engine/services/assemblies/assembly-files.js';
import { EventRecorder } from '../../src/engine/services/dry-run/event-recorder.js';
import type { RequestContext } from '../../src/engine/services/request-context.js';
import { JobOrderMaker } from '../../src/engine/services/scheduling/job-orders.js';
import { SchedulerTick, type TickReport } from '../../src/engine/services/scheduling/scheduler-tick.js';
import type { EmittedEvent } from '../../src/legacy-bridge/effects/effects.js';
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
  readonly db: Database.Database;
  /** Epoch seconds. */
  now: number;
  /** Ticks at this moment, or at the world's own. */
  tick(at?: number): Promise<TickReport>;
  /** A process that knows nothing of the ticks before: agents are offline until they report again. */
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
}

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
  const newTick = () => new SchedulerTick({ orders, zone: options.zone ?? UTC, historyDays: 30 });
  let agents = new AgentRegistry();
  let tick = newTick();
  let events = new EventRecorder();
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
    now: options.now ?? 1_773_152_617,
    tick(at = world.now) {
      world.now = at;
      const clock = { now: () => world.now * 1000 };
      const { unitOfWork } = shared;
      return tick.run({ unitOfWork, clock, random, events, agents, log: silentLog } as unknown as RequestContext);
    },
    restart() {
      agents = new AgentRegistry();
      tick = newTick();
    },
    emitted() {
      const { events: emitted } = events;
      events = new EventRecorder();
      return emitted;
    },
    report(...hostnames) {
      for (const hostname of hostnames)
        agents.learn(`${hostname}-agent`, { hostname, collectorActiveAt: world.now * 1000 });
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
  return world;
}
