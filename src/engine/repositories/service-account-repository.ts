/** Rows of `agent_service_account`: the local account that the server keeps for each agent. */

export interface ServiceAccountRow {
  readonly username: string;
  /** Sealed; older rows hold base64 or plain text. */
  readonly password: Buffer | string | null;
}

export interface StoredServiceAccount {
  readonly agentId: string;
  readonly username: string;
  /** Sealed. */
  readonly password: Buffer;
  /** ISO text that ends in `Z`. */
  readonly rotatedAt: string;
}

export interface ServiceAccountRepository {
  /** By exactly this agent id. */
  findByAgentId(agentId: string): Promise<ServiceAccountRow | undefined>;
  insert(account: StoredServiceAccount): Promise<void>;
  /** Keeps `password_hash`. */
  update(account: StoredServiceAccount): Promise<void>;
  /** As `update`, and `password_hash` becomes NULL. */
  rotate(account: StoredServiceAccount): Promise<void>;
}
