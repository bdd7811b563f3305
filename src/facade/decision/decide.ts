/** From a matched row to a side, with the reason. Pure: the same request under the same table always gets the same decision. */
import type { Override } from '../override/override.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import type { RequestFacts } from './client-key.js';
import { placeInCohort } from './cohort.js';
import type { Decision } from './decision.js';
import { planCopy } from './plan-copy.js';

/** Why a row was chosen, as the matcher tells it. */
export type RowChoice = 'matched' | 'unmatched' | 'method-not-allowed' | 'redirect';

/**
 * @param row the row that the request fell under, by `choice`
 * @param override one that was found good for this row
 * @throws TypeError for a stage that a valid table can't hold
 */
export function decide(
  snapshot: TableSnapshot,
  row: RouteRow,
  choice: RowChoice,
  request: RequestFacts,
  override?: Override,
): Decision {
  if (override !== undefined) return decideByOverride(snapshot, row, choice, override);
  const { side, reason } = stageSide(row, request);
  const { plan, told } = planCopy(row, side, request.method);
  return {
    row,
    tableVersion: snapshot.version,
    side,
    override: undefined,
    reason: `${ROW_REASON[choice](row)}; ${reason}${told}`,
    mayFallBack: side === 'engine' && row.fallback === 'legacy' && row.stage !== 'retired',
    copy: plan,
  };
}

/** Who asks for a side wants to see that side: nobody answers in its place, and nothing is compared. */
function decideByOverride(snapshot: TableSnapshot, row: RouteRow, choice: RowChoice, override: Override): Decision {
  const { side, until } = override;
  return {
    row,
    tableVersion: snapshot.version,
    side,
    override,
    reason: `${ROW_REASON[choice](row)}; an override until ${isoSeconds(until)} names the ${side} for it, whatever its stage; nobody answers in its place, and nothing is compared`,
    mayFallBack: false,
    copy: undefined,
  };
}

function isoSeconds(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
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

/** What says which side serves: a row of routes, or of events. */
type Staged = Pick<RouteRow, 'id' | 'group' | 'stage' | 'canary' | 'fallback'>;

/**
 * @param does what a side does with what falls under the row
 * @throws TypeError for a stage that a valid table can't hold
 */
export function stageSide(
  row: Staged,
  request: RequestFacts,
  does: 'answers' | 'handles' = 'answers',
): Pick<Decision, 'side' | 'reason'> {
  switch (row.stage) {
    case 'legacy':
    case 'shadow':
      return { side: 'legacy', reason: `at stage ${row.stage} the legacy ${does}` };
    case 'verify':
    case 'engine':
      return {
        side: 'engine',
        reason: `at stage ${row.stage} the engine ${does}${row.fallback === 'legacy' ? ' and the legacy is the fallback' : ''}`,
      };
    case 'retired':
      return { side: 'engine', reason: `at stage retired only the engine ${does}` };
    case 'canary':
      return canarySide(row, request, does);
  }
}

function canarySide(row: Staged, request: RequestFacts, does: string): Pick<Decision, 'side' | 'reason'> {
  if (row.canary === undefined) throw new TypeError(`row ${row.id} is at stage canary without a canary`);
  const place = placeInCohort(row.canary, row.group ?? row.id, request);
  const { percent, by } = row.canary;
  const told = place.by === by ? `by ${by}` : `by address, since the request carries no ${by}`;
  const whose = does === 'answers' ? '' : 'for ';
  return {
    side: place.inCohort ? 'engine' : 'legacy',
    reason: `at stage canary the engine ${does} ${whose}${percent} % of clients ${told}; this client has bucket ${place.bucket} of 10000 and is ${place.inCohort ? 'inside' : 'outside'}`,
  };
}
