/** A short name for a row's rules of comparing: two rows compare alike exactly when theirs are equal. */
import { createHash } from 'node:crypto';
import type { CompareRules } from '../rules/compare-rules.js';

const known = new WeakMap<CompareRules, string>();

/** Of what decides verdicts. Reasons, owners and expiries may be mended without evidence beginning anew. */
export function rulesDigest(rules: CompareRules): string {
  const before = known.get(rules);
  if (before !== undefined) return before;
  const { ignore, unordered, headers, toleranceMs, clockSkewMs, exactTimestamps } = rules;
  const paths = ignore.map(({ path }) => path);
  const parts = [
    ...[paths, unordered, headers, exactTimestamps].map((list) => [...list].sort()),
    toleranceMs,
    clockSkewMs,
  ];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  known.set(rules, digest);
  return digest;
}
