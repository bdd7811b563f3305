/** Starts the sample agent and follows what it says of itself. A test that ends with `fatal()` empty lost no agent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperatorCalls } from './operator-calls.js';
import { startPython } from './python.js';

/** One line of the agent. */
export interface AgentEvent {
  /** Epoch seconds. */
  readonly at: number;
  /** Host name of the agent that says it. */
  readonly agent: string;
  readonly type: AgentEventType;
  /** Whether an agent of the field would be lost by it. */
  readonly fatal: boolean;
  /** HTTP status of heartbeat, checkin, script_request, details, refreshed...; null: no answer. */
  readonly status?: number | null;
  readonly [fact: string]: unknown;
}

/** All that an agent tells. */
export type AgentEventType =
  | 'started'
  | 'enrolment_pending'
  | 'enrolment_failed'
  | 'enrolled'
  | 'connected'
  | 'connect_failed'
  | 'dial_failed'
  | 'disconnected'
  | 'config'
  | 'heartbeat'
  | 'checkin'
  | 'script_request'
  | 'details'
  | 'refreshed'
  | 'refresh_failed'
  | 'unreachable'
  | 'tls_refused'
  | 'event_lost'
  | 'job'
  | 'tokens_cleared'
  | 'engineio_close'
  | 'socketio_disconnect'
  | 'socket_stuck'
  | 'redirected'
  | 'cookie_set';

/** How to start it. Times are in seconds, with the real agent's defaults; see `scripts/sample-agent --help`. */
export interface SampleAgentOptions {
  readonly server: string;
  /** Folder of key, tokens and pinned certificate. Default: a new one, removed by `stop`. */
  readonly state?: string;
  readonly code?: string | readonly string[];
  readonly hostname?: string;
  readonly context?: 'SYSTEM' | 'CURRENTUSER';
  readonly count?: number;
  /** PEM file that stands for the system's trust store, which decides about the WebSocket over TLS. */
  readonly systemStore?: string;
  readonly heartbeatSeconds?: number;
  readonly scriptSeconds?: number;
  readonly firstHeartbeatSeconds?: number;
  readonly firstScriptSeconds?: number;
  readonly reconnectSeconds?: number;
  readonly roleSeconds?: number;
  readonly jobSeconds?: number;
  /** Program that runs jobs' scripts for real. Default: none; a script is not run, succeeds, and prints itself. */
  readonly interpreter?: string;
  /** Seconds left of the access token when it refreshes. Default: 60. 900 refreshes before each call. */
  readonly refreshBefore?: number;
  /** Factor on all intervals. Default: 1. */
  readonly timeScale?: number;
}

/** A running agent. */
export interface SampleAgent {
  /** All it said, in order. */
  readonly events: readonly AgentEvent[];
  readonly state: string;
  /** The first event of a type that `accept` takes, past ones included. Rejects after `ms` (default 15 s) with all it said. */
  waitFor(type: AgentEventType, accept?: (event: AgentEvent) => boolean, ms?: number): Promise<AgentEvent>;
  /** The same, among what it says from now on. */
  waitForNext(type: AgentEventType, accept?: (event: AgentEvent) => boolean, ms?: number): Promise<AgentEvent>;
  /** What would have lost the agent. */
  fatal(): AgentEvent[];
  /** Its stderr. */
  errors(): string;
  /** Ends it, by SIGKILL: nothing of it runs at its end, as when the machine is switched off. */
  stop(): Promise<void>;
}

const WAIT_MS = 15_000;
type Watcher = (event: AgentEvent) => void;

export async function startSampleAgent(options: SampleAgentOptions): Promise<SampleAgent> {
  const state = options.state ?? (await mkdtemp(join(tmpdir(), 'sample-agent-')));
  const events: AgentEvent[] = [];
  const watchers = new Set<Watcher>();
  const process = startPython('scripts/sample-agent/main.py', {
    args: argumentsFor(options, state),
    onLine(line) {
      const event = JSON.parse(line) as AgentEvent;
      events.push(event);
      for (const watch of watchers) watch(event);
    },
  });
  const waitFrom: (start: number) => SampleAgent['waitFor'] =
    (start) =>
    (type, accept = () => true, ms = WAIT_MS) => {
      const fits = (event: AgentEvent) => event.type === type && accept(event);
      const known = events.slice(start).find(fits);
      return known ? Promise.resolve(known) : nextOf(watchers, fits, ms, () => said(type, events, process.errors()));
    };
  return {
    events,
    state,
    waitFor: waitFrom(0),
    waitForNext: (...args) => waitFrom(events.length)(...args),
    fatal: () => events.filter((event) => event.fatal),
    errors: () => process.errors(),
    async stop() {
      await process.stop('SIGKILL');
      if (options.state === undefined) await rm(state, { recursive: true, force: true });
    },
  };
}

function nextOf(watchers: Set<Watcher>, fits: (event: AgentEvent) => boolean, ms: number, why: () => string) {
  return new Promise<AgentEvent>((resolve, reject) => {
    const watch: Watcher = (event) => {
      if (!fits(event)) return;
      clearTimeout(timer);
      watchers.delete(watch);
      resolve(event);
    };
    const timer = setTimeout(() => {
      watchers.delete(watch);
      reject(new Error(why()));
    }, ms);
    watchers.add(watch);
  });
}

function said(type: string, events: readonly AgentEvent[], errors: string): string {
  return `no ${type} from the agent. It said:\n${events.map((event) => JSON.stringify(event)).join('\n')}\n${errors}`;
}

const FLAGS = {
  server: '--server',
  hostname: '--hostname',
  context: '--context',
  count: '--count',
  systemStore: '--system-store',
  heartbeatSeconds: '--heartbeat-seconds',
  scriptSeconds: '--script-seconds',
  firstHeartbeatSeconds: '--first-heartbeat-seconds',
  firstScriptSeconds: '--first-script-seconds',
  reconnectSeconds: '--reconnect-seconds',
  roleSeconds: '--role-seconds',
  jobSeconds: '--job-seconds',
  interpreter: '--interpreter',
  refreshBefore: '--refresh-before',
  timeScale: '--time-scale',
} as const satisfies Partial<Record<keyof SampleAgentOptions, string>>;

function argumentsFor(options: SampleAgentOptions, state: string): string[] {
  const args = ['--state', state, ...[options.code ?? []].flat().flatMap((code) => ['--code', code])];
  for (const [name, flag] of Object.entries(FLAGS)) {
    const value = options[name as keyof typeof FLAGS];
    if (value !== undefined) args.push(flag, String(value));
  }
  return args;
}

/** Makes an install code, as an operator does. At most ten uses each. */
export async function makeInstallCode(operator: OperatorCalls, uses = 10): Promise<string> {
  const answer = await operator.call(
    'POST',
    '/api/admin/enrollment-codes',
    { ttl_hours: 1, max_uses: uses },
    await operator.adminToken(),
  );
  const code = (answer.body as { code?: unknown }).code;
  if (typeof code !== 'string') throw new Error(`no install code: ${answer.status} ${JSON.stringify(answer.body)}`);
  return code;
}

/** Approves, as an operator does, what the agent asked for; waits until it has asked. */
export async function approveAgent(operator: OperatorCalls, agent: SampleAgent): Promise<void> {
  const { reference } = await agent.waitFor('enrolment_pending');
  await approve(operator, (approval) => approval.approval_reference === reference);
}

interface Approval {
  readonly id: string;
  readonly approval_reference: string;
}

/** Approves every pending request that `which` takes (default: all); gives their number. */
export async function approve(operator: OperatorCalls, which: (approval: Approval) => boolean = () => true) {
  const token = await operator.adminToken();
  const listed = await operator.call('GET', '/api/admin/device-approvals?status=pending', undefined, token);
  const chosen = (listed.body as { approvals: Approval[] }).approvals.filter(which);
  for (const { id } of chosen) {
    const answer = await operator.call('POST', `/api/admin/device-approvals/${id}/approve`, {}, token);
    if (answer.status !== 200) throw new Error(`approval refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return chosen.length;
}
