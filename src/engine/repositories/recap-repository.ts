/** Rows of `ansible_play_recaps`: what became of each run of a playbook. Times are epoch seconds. */
import type { ListedRecap, Recap, RecapFields } from '../domain/recap.js';

export interface RecapRepository {
  find(id: bigint): Promise<Recap | undefined>;
  findByRunId(runId: string): Promise<Recap | undefined>;
  /** Last changed first. @param hostname exactly; undefined: of all hosts. @param most negative: all */
  list(hostname: string | undefined, most: bigint): Promise<readonly ListedRecap[]>;
  /** The one that was changed last. */
  findByActivity(activityId: bigint): Promise<Recap | undefined>;
  /** Makes the recap of a run, or changes what is said of it: what is null stays as it was. */
  store(fields: RecapFields, now: bigint): Promise<void>;
}
