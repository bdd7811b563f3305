/**
 * Playbooks that an engine runs itself: noted in the transaction that begins them, forgotten in the one that ends them. What a process
 * noted that is gone was cut off with it.
 */
import type { NotedServerRun, ServerRunRows } from '../domain/playbook-run.js';

export interface ServerRunRepository {
  /** @param owner the process that runs it */
  note(run: ServerRunRows, owner: string, now: bigint): Promise<void>;
  /** Oldest first. */
  list(): Promise<readonly NotedServerRun[]>;
  forget(runId: string): Promise<void>;
}
