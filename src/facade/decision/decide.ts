/** From a matched row to a side, with the reason. Pure: the same request under the same table always gets the same decision. */
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import type { RequestFacts } from './client-key.js';
import { placeInCohort } from './cohort.js';
import type { Decision } from './decision.js';
import { planCopy } from './plan-copy.js';

/** Why a row was chosen, as the matcher tells it. */
export type RowChoice = 'matched' | 'unmatched' | 'method-not-allowed' | 'redirect';

/**
 * @param row the row that the request fell under, by `choice`
 * @throws TypeError for a stage that a valid table can't hold
 */
export function decide(snapshot: TableSnapshot, row: RouteRow, choice: RowChoice, request: RequestFacts): Decision {
  const { side, reason } = sideOf(row, request);
  const { plan, told } = planCopy(row, side, request.method);
  return {
    row,
    tableVersion: snapshot.version,
    side,
    reason: `${ROW_REASON[choice](row)}; ${reason}${told}`,
    mayFallBack: side === 'engine' && row.fallback === 'legacy' && row.stage !== 'retired',
    copy: plan,
  };
}

const ROW_REASON: Record<RowChoice, (row: RouteRow) => string> = {
  matched: (row) => `the path and method fall under ${name(row)}`,
  unmatched: () => 'no row names this path, so the default row serves it',
  'method-not-allowed': (row) => `the path is known but not with this method, which ${name(row)} answers for`,
  redirect: () => 'the path has doubled slashes, so the default row serves it',
};

function name(row: RouteRow): string {
  return row.group === undefined ? `row ${row.id}` : `row ${row.id} of group ${row.group}`;
}

function sideOf(row: RouteRow, request: RequestFacts): Pick<Decision, 'side' | 'reason'> {
  switch (row.stage) {
    case 'legacy':
    case 'shadow':
      return { side: 'legacy', reason: `at stage ${row.stage} the legacy answers` };
    case 'verify':
    case 'engine':
      return {
        side: 'engine',
        reason: `at stage ${row.stage} the engine answers${row.fallback === 'legacy' ? ' and the legacy is the fallback' : ''}`,
      };
    case 'retired':
      return { side: 'engine', reason: 'at stage retired only the engine answers' };
    case 'canary':
      return canarySide(row, request);
  }
}

function canarySide(row: RouteRow, request: RequestFacts): Pick<Decision, 'side' | 'reason'> {
  if (row.canary === undefined) throw new TypeError(`row ${row.id} is at stage canary without a canary`);
  const place = placeInCohort(row.canary, row.group ?? row.id, request);
  const { percent, by } = row.canary;
  const told = place.by === by ? `by ${by}` : `by address, since the request carries no ${by}`;
  return {
    side: place.inCohort ? 'engine' : 'legacy',
    reason: `at stage canary the engine answers ${percent} % of clients ${told}; this client has bucket ${place.bucket} of 10000 and is ${place.inCohort ? 'inside' : 'outside'}`,
  };
}
