/** One job in one tick in the form that comparing keeps pairs in: as if the two readings were answers to a request. Pure. */
import type { ComparisonInput, SideOutcome } from '../comparing/comparison.js';
import { TICK_METHOD } from '../table/compared-rows.js';
import type { RouteRow } from '../table/table-snapshot.js';
import type { ComparedJob, ComparedRun } from './compare-tick.js';

export interface ComparedTickContext {
  /** Epoch seconds. */
  readonly minute: number;
  /** The scheduler's, as `asComparedScheduler` makes it. */
  readonly row: RouteRow;
  readonly tableVersion: number;
  /** Of the engine that was asked. */
  readonly engineBuild: string | undefined;
}

const JSON_TYPE = ['content-type', 'application/json'] as const;

export function comparedTick(
  { job, written, asLegacy, asEngine }: ComparedJob,
  context: ComparedTickContext,
): ComparisonInput {
  const { minute, row, tableVersion, engineBuild } = context;
  return {
    request: {
      requestId: `${row.id}/${job}@${minute}`,
      at: minute * 1000,
      ...{ row, tableVersion },
      method: TICK_METHOD,
      target: `job/${job}`,
      headers: [JSON_TYPE],
      body: Buffer.from(JSON.stringify({ minute: new Date(minute * 1000).toISOString() })),
      caller: 'anonymous',
    },
    kind: 'tick',
    answeredBy: 'legacy',
    legacy: said({ runs: sorted(written) }),
    engine: said({ runs: sorted(asLegacy), own: sorted(asEngine) }),
    effects: undefined,
    engineBuild,
  };
}

function said(value: object): SideOutcome {
  const answer = { status: 200, headers: [JSON_TYPE], body: Buffer.from(JSON.stringify(value)) };
  return { outcome: 'answered', answer, ms: 0 };
}

function sorted(runs: readonly ComparedRun[]): readonly ComparedRun[] {
  return runs
    .map(({ host, occurrence, status }) => ({ host, occurrence, status }))
    .sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
}
