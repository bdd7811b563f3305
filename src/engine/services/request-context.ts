/**
 * All that a service may touch besides its own logic, one per request. A dry run hands out a context whose unit of work
 * is rolled back and whose emitter, replay memory and log record instead of act; so nothing may reach around it.
 */
import type { PythonValue } from '../../legacy-bridge/values/python-value.js';
import type { AgentEntry, AgentFacts, ServiceMode } from '../domain/agent-entry.js';
import type { ServerRun } from '../domain/playbook-run.js';
import type { PresenceNote } from '../domain/presence.js';
import type { EngineLog } from '../logging/engine-log.js';
import type { UnitOfWork } from '../repositories/unit-of-work.js';

/** Wall clock. Services never call `Date.now()`. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/** Source of identifiers, nonces and tokens. */
export interface RandomSource {
  bytes(length: number): Buffer;
  /** Version 4, lower case. */
  uuid(): string;
}

/** Socket.IO events that the request causes; they leave after its transaction has been committed. */
export interface EventSink {
  /**
   * @param payload plain JSON, Python values, bytes at any depth, or `RawJson`; null is sent as no argument
   * @param room the agent's room; undefined for every client
   */
  emit(event: string, payload: unknown, room?: string): void;
  /**
   * To the client alone whose event is being handled.
   * @throws TypeError in a request that is no event
   */
  emitToSender(event: string, payload: unknown): void;
}

/** Remembers proofs that were used. A dry run asks, and remembers nothing. */
export interface ReplayMemory {
  /**
   * Takes a proof id for itself.
   * `fresh`: not seen within the window, now remembered. `seen`: within the window. `full`: no room to remember it.
   * @param now epoch milliseconds
   */
  consume(id: string, now: number): 'fresh' | 'seen' | 'full';
  /** Gives a consumed proof back: what it was for has failed, and may be tried again. */
  release(id: string): void;
}

/** Counts calls per key within a sliding window. A dry run asks, and counts nothing. */
export interface CallLimit {
  /**
   * Counts a call, unless the limit is reached.
   * @returns 0 when it was counted, else the milliseconds until there is room again
   */
  take(key: string): number;
}

/**
 * Counts attempts at an account's secrets: those of the account, those of an address, and both together. A dry run asks, and
 * counts nothing.
 */
export interface AttemptLimit {
  /**
   * Counts an attempt before it is judged, so that many at once are no way around the limit.
   * @param account a name as someone gave it
   * @returns 0 when it was counted, else the milliseconds until there is room again
   */
  take(account: string, address: string): number;
  /** The attempt was right: it does not count. */
  giveBack(account: string, address: string): void;
}

/** What the engine remembers of agents while it runs. A dry run reads it, and its changes go nowhere. */
export interface AgentMemory {
  /** By exactly this agent id. */
  find(agentId: string): Readonly<AgentEntry> | undefined;
  /** In order of registration. */
  list(): Iterable<Readonly<AgentEntry>>;
  /** Those of exactly this hostname, in order of registration. */
  ofHostname(hostname: string): readonly Readonly<AgentEntry>[];
  /** Those of them that run in a mode. One at a time, as some may be forgotten meanwhile. */
  ofHostAndMode(hostname: string, mode: ServiceMode): Iterable<Readonly<AgentEntry>>;
  /** Changes fields of an agent, making its entry when there is none. */
  learn(agentId: string, facts: AgentFacts): void;
  /** @returns whether there was an entry */
  forget(agentId: string): boolean;
}

/** What an agent was provisioned with. */
export type AgentRoles = readonly PythonValue[];

/** Configurations by agent id, of agents never seen too. A dry run reads them, and its changes go nowhere. */
export interface ConfigurationMemory {
  find(agentId: string): AgentRoles | undefined;
  keep(agentId: string, roles: AgentRoles): void;
  forget(agentId: string): void;
}

/** The latest images. A dry run keeps none. */
export interface ScreenshotMemory {
  /** @param nodeId undefined: of the agent as a whole */
  find(agentId: string, nodeId?: string): string | Buffer | undefined;
  keep(image: string | Buffer, agentId: string, nodeId?: string): void;
}

/** Takes what the devices' rows are to say of who was seen. Live it is written a moment later, in a dry run at once. */
export interface PresenceSink {
  /** Never rejects for what is wrong with the database: the legacy only logs it. */
  note(note: PresenceNote): Promise<void>;
}

/** Runs playbooks on this server, each when there is room for it. A dry run records that it would have been. */
export interface ServerRunSink {
  /** To be called once the rows of the run are committed. How it ends is written there. */
  start(run: ServerRun): void;
}

export interface RequestContext {
  /** From `X-Request-Id` of the facade, else made; for the log. */
  readonly requestId: string;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events: EventSink;
  readonly proofs: ReplayMemory;
  /** Proofs of devices, by guid: the memory is everyone's, and a device has a share of it. */
  readonly deviceProofs: CallLimit;
  /** Calls of devices, by the fingerprint of their key. */
  readonly deviceCalls: CallLimit;
  /** Requests to enrol, by client address and by the fingerprint of the key. */
  readonly enrollmentCalls: { readonly byAddress: CallLimit; readonly byKey: CallLimit };
  /** Proofs that enrolments were finished with. */
  readonly enrollmentProofs: ReplayMemory;
  /** Attempts at passwords, and at the codes of second factors. */
  readonly attempts: { readonly passwords: AttemptLimit; readonly codes: AttemptLimit };
  /** One-time codes, and sessions that wait for one: each works once. */
  readonly usedFactors: ReplayMemory;
  readonly agents: AgentMemory;
  readonly configurations: ConfigurationMemory;
  readonly screenshots: ScreenshotMemory;
  readonly presence: PresenceSink;
  readonly serverRuns: ServerRunSink;
  readonly log: EngineLog;
}
