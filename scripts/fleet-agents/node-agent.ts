/**
 * One agent of the fleet, as far as Socket.IO shows it (contract/agent-protocol.md 2, 6.2, 7): joins, tells who it is, beats, answers
 * jobs, and dials again when it is cut off. It speaks no HTTP beside the transport.
 */
import { Manager, type ManagerOptions, type Socket } from 'socket.io-client';
import type { FleetRecord } from './fleet-record.js';

export interface NodeAgentOptions {
  readonly server: string;
  readonly agentId: string;
  readonly hostname: string;
  readonly heartbeatMs: number;
  readonly ackMs: number;
  readonly reconnectMs: number;
  readonly transports: readonly ('websocket' | 'polling')[];
  /** PEM text of the root to trust. */
  readonly ca: string | undefined;
  readonly record: FleetRecord;
}

/** An agent of the field gives up when the answer to `40` takes longer. */
const MOST_JOIN_MS = 1000;
const MOST_JOBS_REMEMBERED = 10_000;

export class NodeAgent {
  readonly #options: NodeAgentOptions;
  readonly #manager: Manager;
  readonly #socket: Socket;
  readonly #jobs = new Set<unknown>();
  #dialledAt = 0;
  #openedAt = 0;
  #endedAt: number | undefined;
  #beating: NodeJS.Timeout | undefined;
  #joining: NodeJS.Timeout | undefined;
  /** Counts connections, so that an acknowledgement is known to belong to a past one. */
  #connection = 0;
  #sent = 0;
  #acknowledged = 0;

  constructor(options: NodeAgentOptions) {
    this.#options = options;
    this.#manager = new Manager(options.server, managerOptions(options));
    this.#socket = this.#manager.socket('/', {});
    this.#watchTransport();
    this.#socket.on('connect', () => this.#joined());
    this.#socket.on('disconnect', (reason) => this.#left(reason));
    this.#socket.on('quick_job_run', (job: unknown) => this.#runJob(job));
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  start(): void {
    this.#dialledAt = performance.now();
    this.#socket.connect();
    this.#manager.connect();
  }

  stop(): void {
    this.#socket.off('disconnect');
    clearTimeout(this.#beating);
    clearTimeout(this.#joining);
    this.#manager.reconnection(false);
    this.#socket.disconnect();
  }

  #watchTransport(): void {
    const { record } = this.#options;
    this.#manager.on('open', () => {
      this.#openedAt = performance.now();
      record.dialled.add(this.#openedAt - this.#dialledAt);
      this.#joining = setTimeout(() => this.#giveUp(), MOST_JOIN_MS);
      this.#manager.engine.on('packet', ({ type, data }) => {
        if (type === 'close') record.lost('Engine.IO 1');
        else if (type === 'message' && typeof data === 'string' && data.startsWith('1')) record.lost('Socket.IO 41');
      });
    });
    this.#manager.on('error', () => {
      record.dialsFailed += 1;
    });
    this.#manager.on('reconnect_attempt', () => {
      this.#dialledAt = performance.now();
    });
  }

  #giveUp(): void {
    this.#options.record.joinedLate += 1;
    this.#manager.engine.close();
  }

  #joined(): void {
    const { record, agentId, heartbeatMs } = this.#options;
    clearTimeout(this.#joining);
    const now = performance.now();
    record.joined.add(now - this.#openedAt);
    if (this.#endedAt !== undefined) record.returned.add(now - this.#endedAt);
    this.#endedAt = undefined;
    this.#connection += 1;
    this.#acknowledged = this.#sent;
    this.#ask('connect_agent', { agent_id: agentId, service_mode: 'system' });
    this.#ask('request_config', { agent_id: agentId });
    // Not all at once, however they were started.
    this.#beating = setTimeout(() => this.#beat(), Math.random() * heartbeatMs);
  }

  #left(reason: string): void {
    clearTimeout(this.#beating);
    clearTimeout(this.#joining);
    this.#endedAt = performance.now();
    this.#options.record.ended(reason);
  }

  #beat(): void {
    const { agentId, hostname, heartbeatMs } = this.#options;
    this.#beating = setTimeout(() => this.#beat(), heartbeatMs);
    this.#ask('agent_heartbeat', {
      agent_id: agentId,
      hostname,
      agent_operating_system: 'Windows 11',
      last_seen: Math.floor(Date.now() / 1000),
      service_mode: 'system',
    });
    this.#ask('collector_status', { agent_id: agentId, hostname, active: true, service_mode: 'system' });
  }

  #ask(event: string, payload: object): void {
    const { record, ackMs } = this.#options;
    if (!this.#socket.connected) return;
    const connection = this.#connection;
    this.#sent += 1;
    const number = this.#sent;
    const sentAt = performance.now();
    record.sent += 1;
    this.#socket.timeout(ackMs).emit(event, payload, (error: Error | null) => {
      if (connection !== this.#connection || (error !== null && !this.#socket.connected)) record.cutOff += 1;
      else if (error !== null) record.acksLost += 1;
      else {
        record.acknowledged.add(performance.now() - sentAt);
        if (number <= this.#acknowledged) record.acksOutOfOrder += 1;
        this.#acknowledged = number;
      }
    });
  }

  #runJob(job: unknown): void {
    const { record, hostname } = this.#options;
    if (typeof job !== 'object' || job === null) return;
    const { job_id: id, target_hostname: target } = job as Readonly<Record<string, unknown>>;
    if (typeof target !== 'string' || target.trim().toLowerCase() !== hostname.toLowerCase()) return;
    record.jobs += 1;
    if (this.#jobs.has(id)) record.jobsTwice += 1;
    else if (this.#jobs.size < MOST_JOBS_REMEMBERED) this.#jobs.add(id);
    this.#ask('quick_job_result', { job_id: id, status: 'Success', stdout: hostname, stderr: '' });
  }
}

function managerOptions({ reconnectMs, transports, ca }: NodeAgentOptions): Partial<ManagerOptions> {
  return {
    autoConnect: false,
    transports: [...transports],
    reconnectionDelay: reconnectMs,
    reconnectionDelayMax: reconnectMs,
    randomizationFactor: 0.1,
    extraHeaders: { 'User-Agent': 'Python/3.11 aiohttp/3.8.4', 'X-Borealis-Agent-Context': 'SYSTEM' },
    ...(ca === undefined ? {} : { ca }),
  };
}
