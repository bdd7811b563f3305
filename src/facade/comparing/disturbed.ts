/**
 * Between the dry run and the legacy's own work somebody else changed something. Then values and rows prove nothing, for the legacy may
 * have found another state than the engine did. What no state explains, counts all the same.
 */
import type { Finding } from './compare/finding.js';
import { JsonNumber } from './compare/json-document.js';

const FIRST_FAILURE = 500;

/** Whether one of the findings is a mismatch whatever the other request did. */
export function isClearThoughDisturbed(findings: readonly Finding[]): boolean {
  const status = findings.find(({ kind }) => kind === 'status');
  // With another status all else follows from it: only a failure of the engine has no good reason.
  if (status !== undefined) return statusOf(status.engine) >= FIRST_FAILURE && statusOf(status.legacy) < FIRST_FAILURE;
  return findings.some(isClear);
}

function statusOf(value: Finding['engine']): number {
  return value instanceof JsonNumber ? Number(value.token) : FIRST_FAILURE;
}

/** Shapes do not depend on what is stored; values, rows and single events do. */
function isClear({ kind, path, legacy, engine }: Finding): boolean {
  if (kind === 'doubled') return true;
  if (path[0] === 'headers') return kind === 'header';
  if (path[0] !== 'body') return false;
  if (kind === 'type') return legacy !== null && engine !== null;
  return (kind === 'missing' || kind === 'extra') && typeof path.at(-1) === 'string';
}
