/** The build that an agent runs: its hash, and how it is asked for and told. */

/** Whose hash is asked for; one of both may be empty. */
export interface AgentHashQuery {
  /** In the form "agent" of agents-http 1.5. */
  readonly guid: string;
  /** Trimmed. */
  readonly agentId: string;
}

/** A hash that someone reports. Not empty, and neither are both of the others. */
export interface AgentHashReport extends AgentHashQuery {
  readonly hash: string;
}

export interface KnownAgentHash {
  readonly agentId: string | undefined;
  readonly guid: string | undefined;
  readonly hostname: string | undefined;
  /** Empty when the device has none. */
  readonly hash: string;
  readonly source: 'memory' | 'database';
}
