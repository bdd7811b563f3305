/** What agents say of themselves by events (sockets 4). */

/** What the row of a hostname is to say. */
export interface PresenceNote {
  readonly hostname: string;
  readonly agentId?: string;
  /** Epoch seconds; 0 leaves the row's. */
  readonly lastSeen?: bigint;
  readonly lastUser?: string;
}

export interface AgentConnect {
  readonly agentId: string;
  /** As sent; undefined when it is no text. */
  readonly serviceMode: string | undefined;
}

export interface AgentHeartbeat extends AgentConnect {
  readonly hostname: string | undefined;
  readonly operatingSystem: string | undefined;
  /** Epoch seconds; undefined: now. */
  readonly lastSeen: bigint | undefined;
}

export interface CollectorReport extends AgentConnect {
  readonly hostname: string | undefined;
  readonly active: boolean;
  readonly lastUser: string | undefined;
}
