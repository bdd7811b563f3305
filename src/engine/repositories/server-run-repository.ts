/**
 * Playbooks that this engine runs itself: noted in the transaction that begins them, forgotten in the one that ends them. What is still
 * noted when an engine starts was cut off with the one before.
 */
export interface ServerRunRepository {
  note(runId: string, now: bigint): Promise<void>;
  list(): Promise<readonly string[]>;
  forget(runId: string): Promise<void>;
}
