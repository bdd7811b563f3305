/** Latencies as counts in buckets on a logarithmic scale: eight to each doubling, so that two histograms add up bucket by bucket. Pure. */

/** Buckets of one doubling. A value read back is off by at most 4.5 %. */
const PER_DOUBLING = 8;
/** Upper end of bucket 0, milliseconds. */
const SMALLEST_MS = 0.01;
/** Values beyond, about 45 minutes, count as this. */
const LAST_BUCKET = 224;

export function bucketOf(ms: number): number {
  if (!(ms > SMALLEST_MS)) return 0;
  return Math.min(LAST_BUCKET, Math.ceil(Math.log2(ms / SMALLEST_MS) * PER_DOUBLING));
}

/** The middle of a bucket, on the same scale. */
export function millisecondsOf(bucket: number): number {
  return bucket === 0 ? SMALLEST_MS : SMALLEST_MS * 2 ** ((bucket - 0.5) / PER_DOUBLING);
}

/** @returns null for an empty histogram */
export function percentile(counts: ReadonlyMap<number, number>, share: number): number | null {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(total * share));
  let below = 0;
  for (const [bucket, count] of [...counts].sort(([a], [b]) => a - b)) {
    below += count;
    if (below >= rank) return millisecondsOf(bucket);
  }
  return null;
}
