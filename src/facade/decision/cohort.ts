/**
 * Whether a client belongs to a canary's cohort: a deterministic, monotone hash, no state.
 * Raising the percentage only adds clients; lowering it only removes them.
 */
import { createHash } from 'node:crypto';
import type { Canary, CohortKey } from '../table/table-snapshot.js';
import { clientKey, type RequestFacts } from './client-key.js';

/** Buckets that clients are spread over: a percentage counts with two decimals. */
export const BUCKETS = 10_000;

/** Where a client stands in a canary. */
export interface CohortPlace {
  readonly inCohort: boolean;
  /** 0 to 9999; the client is in the cohort when it is below `percent × 100`. */
  readonly bucket: number;
  /** The key that the client was told apart by; another than asked when the request did not carry that one. */
  readonly by: CohortKey;
}

/**
 * @param salt the id of the row, or of its group: members of a group share one cohort
 */
export function placeInCohort(canary: Canary, salt: string, request: RequestFacts): CohortPlace {
  const { by, value } = clientKey(canary.by, request);
  const bucket = bucketOf(salt, by, value);
  return { inCohort: bucket < Math.round(canary.percent * 100), bucket, by };
}

/** SHA-256 rather than a fast hash: clients choose some of these values, and the spread must not depend on their form. */
function bucketOf(salt: string, by: CohortKey, value: string): number {
  const digest = createHash('sha256').update(`${salt}\n${by}\n${value}`).digest();
  return Number(digest.readBigUInt64BE(0) % BigInt(BUCKETS));
}
