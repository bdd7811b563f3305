/** Whether a request must show who sends it. Pure; on the hot path: one comparison for rows that are public. */
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import type { Demand } from './access-answer.js';

/**
 * Browsers send preflights without any credentials, and for an OPTIONS that its row does not name no handler runs on either
 * side (contract/operators.md 1.1): it tells methods alone, and is let through.
 */
export function demandOf(
  { access, matches }: Pick<RouteRow, 'access' | 'matches'>,
  method: string,
): Demand | undefined {
  if (access === 'public') return undefined;
  if (method !== 'OPTIONS') return access;
  return matches.some(({ methods }) => methods === '*' || methods.includes('OPTIONS')) ? access : undefined;
}

/** Whether any row lets in operators alone: then the secret by which they are known must be one. */
export function demandsOperators({ routes, defaultRow }: Pick<TableSnapshot, 'routes' | 'defaultRow'>): boolean {
  return [...routes, defaultRow].some(({ access }) => access === 'operator' || access === 'admin');
}
