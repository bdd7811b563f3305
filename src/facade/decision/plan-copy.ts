/** Which requests are compared: what each stage does besides answering (DESIGN, "Stages"). Pure; sampling comes later. */
import { isSafe } from '../forwarding/safe-method.js';
import type { Side } from '../side.js';
import type { RouteRow } from '../table/table-snapshot.js';
import type { CopyPlan } from './decision.js';

/** A plan with its words for `facade explain`; no plan says why in words too, or nothing where no stage compares. */
export interface ToldPlan {
  readonly plan: CopyPlan | undefined;
  readonly told: string;
}

/** @param side the one that answers the client */
export function planCopy(row: RouteRow, side: Side, method: string): ToldPlan {
  switch (row.stage) {
    case 'legacy':
    case 'retired':
      return NOTHING;
    case 'shadow':
      return toEngine(row, method);
    case 'canary':
      return side === 'legacy' ? toEngine(row, method) : NOTHING;
    case 'verify':
      return toLegacy(row, method, false);
    case 'engine':
      return toLegacy(row, method, true);
  }
}

const NOTHING: ToldPlan = { plan: undefined, told: '' };

function toEngine(row: RouteRow, method: string): ToldPlan {
  if (row.sample === 0) return { plan: undefined, told: '; nothing is compared, since the row samples 0 %' };
  const kind = isSafe(method) ? 'read' : 'write';
  const how = kind === 'read' ? 'gets a copy to be compared' : 'dry-runs it first, to be compared';
  return {
    plan: { to: 'engine', kind, percent: row.sample, wayBack: false },
    told: `; of ${row.sample} % of requests the engine ${how}`,
  };
}

/** The legacy executes what it is sent: only what asks for nothing but an answer goes there twice (RFC 9110 9.2.1). */
function toLegacy(row: RouteRow, method: string, wayBack: boolean): ToldPlan {
  if (method !== 'GET' && method !== 'HEAD') return { plan: undefined, told: '; only GET and HEAD are compared' };
  if (!row.askLegacyAgain)
    return {
      plan: undefined,
      told: '; nothing is compared, since the row says that the legacy must not be asked again',
    };
  if (row.sample === 0) return { plan: undefined, told: '; nothing is compared, since the row samples 0 %' };
  return {
    plan: { to: 'legacy', kind: 'read', percent: row.sample, wayBack },
    told: `; of ${row.sample} % of requests the legacy gets a copy to be compared${wayBack ? ', thinned to shadow.wayBackPercent' : ''}`,
  };
}
