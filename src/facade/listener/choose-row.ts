/** Which row a request falls under. Pure; the same for traffic and for `explain`. */
import type { RowChoice } from '../decision/decide.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';

/** A row and why it is the one. */
export interface ChosenRow {
  readonly row: RouteRow;
  readonly choice: RowChoice;
}

/**
 * - a match: that row
 * - a path known under other methods: its row, if all those methods fall under one row and so one side can answer 405
 *   with a complete `Allow`; else the default row
 * - doubled slashes, or no row: the default row
 */
export function chooseRow(snapshot: TableSnapshot, method: string, path: string): ChosenRow {
  const match = snapshot.urlMap.match(method, path);
  switch (match.kind) {
    case 'match':
      return { row: match.endpoint, choice: 'matched' };
    case 'method-not-allowed':
      return { row: soleRow(snapshot, match.allow, path) ?? snapshot.defaultRow, choice: 'method-not-allowed' };
    case 'redirect':
      return { row: snapshot.defaultRow, choice: 'redirect' };
    case 'not-found':
      return { row: snapshot.defaultRow, choice: 'unmatched' };
  }
}

function soleRow(snapshot: TableSnapshot, methods: readonly string[], path: string): RouteRow | undefined {
  let sole: RouteRow | undefined;
  for (const method of methods) {
    if (method === 'OPTIONS' || method === 'HEAD') continue; // Implied ones follow the others.
    const match = snapshot.urlMap.match(method, path);
    if (match.kind !== 'match') continue;
    if (sole !== undefined && sole !== match.endpoint) return undefined;
    sole = match.endpoint;
  }
  return sole;
}
