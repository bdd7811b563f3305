/**
 * Between the dry run and the legacy's own work somebody else changed something. Then values and rows prove nothing, for the legacy may
 * have found another state than the engine did: such a pair counts neither for nor against the engine, whether the sides agree or not.
 * Only what no state explains counts all the same, which errs to the engine's disadvantage.
 */
import type { Finding } from './compare/finding.js';
import { JsonNumber } from './compare/json-document.js';
import type { ComparisonInput } from './comparison.js';

const FIRST_FAILURE = 500;

/** Whether the engine wrote, or may have written, where nobody could look at all that the legacy wrote. */
export function areUnseen({ legacy, engine, engineNotSeen = [] }: NonNullable<ComparisonInput['effects']>): boolean {
  return engineNotSeen.length > 0 || engine.rows.some(({ table }) => legacy.notSearched.includes(table));
}

/** Whether one of the findings is a mismatch whatever the other request did. */
export function isClearThoughDisturbed(findings: readonly Finding[]): boolean {
  const status = findings.find(({ kind }) => kind === 'status');
  // With another status all else follows from it: only a failure of the engine has no good reason.
  if (status !== undefined) return statusOf(status.engine) >= FIRST_FAILURE && statusOf(status.legacy) < FIRST_FAILURE;
  // Answers about another state have other fields than these only together with other values, as a state's name.
  return findings.some(({ kind }) => kind === 'doubled') || (findings.length > 0 && findings.every(isClear));
}

function statusOf(value: Finding['engine']): number {
  return value instanceof JsonNumber ? Number(value.token) : FIRST_FAILURE;
}

/** Shapes do not depend on what is stored; values, rows and single events do. */
function isClear({ kind, path, legacy, engine }: Finding): boolean {
  if (path[0] === 'headers') return kind === 'header';
  if (path[0] !== 'body') return false;
  if (kind === 'type') return legacy !== null && engine !== null;
  return (kind === 'missing' || kind === 'extra') && typeof path.at(-1) === 'string';
}
