/** The engine's side of what facade and engine say of the scheduler, as a test plays it, on a Unix socket. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineTarget, type SideTarget } from '../../src/facade/forwarding/side-target.js';
import type {
  BackgroundState,
  BackgroundWish,
  SchedulerJob,
  ShadowTick,
} from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';

export interface StubSchedulerEngine {
  readonly target: SideTarget;
  /** What it says; may be changed between calls. */
  readonly says: {
    state: BackgroundState;
    jobs: SchedulerJob[];
    shadow: Omit<ShadowTick, 'minute'>;
    /** In place of everything. */
    refusal: { readonly status: number; readonly text: string } | undefined;
  };
  /** What it was told. */
  readonly wishes: readonly BackgroundWish[];
  readonly minutes: readonly number[];
  stop(): Promise<void>;
}

export function schedulerJob(id: number, parts: Partial<SchedulerJob> = {}): SchedulerJob {
  return {
    ...{ id, name: `job ${id}`, enabled: true, owner: 'legacy', schedule_type: 'daily', start_ts: 1_773_100_800 },
    ...{ next_run_engine: 1_773_187_200, next_run_legacy: 1_773_187_200, last_occurrence: 1_773_100_800 },
    last_status: 'Success',
    counts: { pending: 0, running: 0, success: 2, failed: 0, expired: 0, timed_out: 0 },
    targets: 2,
    disagreement: null,
    ...parts,
  };
}

export async function startStubSchedulerEngine(): Promise<StubSchedulerEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'stub-scheduler-'));
  const socketPath = join(folder, 'engine.sock');
  const wishes: BackgroundWish[] = [];
  const minutes: number[] = [];
  const says: StubSchedulerEngine['says'] = {
    state: {
      tasks: ['scheduler', 'approvals-prune'],
      owned: [],
      scheduler: { told: true, owner: 'legacy', jobs: {}, owned_jobs: 0, pending_hand_back: false, last_minute: null },
    },
    jobs: [],
    shadow: { presence_known: true, as_legacy: [], as_engine: [], named: [], unsure_jobs: [], unsure_hosts: [] },
    refusal: undefined,
  };
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://engine');
    const body = await bodyOf(request);
    if (pathname === '/engine/internal/routes') return { routes: [], events: [] };
    if (pathname === '/engine/internal/scheduler/jobs') {
      const [after, limit] = [Number(searchParams.get('after')), Number(searchParams.get('limit'))];
      const page = says.jobs.filter(({ id }) => id > after);
      return { jobs: page.slice(0, limit), next: page.length > limit ? page[limit - 1]?.id : null };
    }
    if (pathname === '/engine/internal/scheduler/shadow') {
      const { minute } = JSON.parse(body) as { minute: number };
      minutes.push(minute);
      return { minute, ...says.shadow };
    }
    if (request.method === 'PUT') wishes.push(JSON.parse(body) as BackgroundWish);
    return says.state;
  };
  const server = createServer((request, response) => {
    void answer(request).then((value) => {
      const { status, text } = says.refusal ?? { status: 200, text: JSON.stringify(value) };
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await once(server.listen(socketPath), 'listening');
  const target = engineTarget({ socketPath }, { connectTimeoutMs: 1000, sideConnections: 2 });
  return {
    target,
    says,
    wishes,
    minutes,
    stop: async () => {
      await target.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
