/** What a facade has compared, all of it: counts from its metrics, mismatches from its admin API. */
import { metricOf } from './facade-metrics.js';
import type { FacadeProcess } from './facade-process.js';

/** A kept mismatch. */
export interface FoundMismatch {
  readonly id: number;
  readonly row: string;
  readonly method: string;
  readonly target: string;
  /** Status of each side; 0 where it failed. */
  readonly legacy: number;
  readonly engine: number;
  /** `kind path` of each, paths generalised, sorted. */
  readonly differences: readonly string[];
}

export interface Tally {
  readonly row: string;
  /** A verdict, or a reason. */
  readonly what: string;
  readonly count: number;
}

export interface ComparedTraffic {
  readonly verdicts: readonly Tally[];
  readonly drops: readonly Tally[];
  /** Why comparisons say nothing. */
  readonly inconclusive: readonly Tally[];
  readonly mismatches: readonly FoundMismatch[];
}

interface Pair {
  readonly id: number;
  readonly row: string;
  readonly method: string;
  readonly target: string;
  readonly differences: readonly { readonly kind: string; readonly path: string }[];
  readonly pair: Readonly<Record<'legacy' | 'engine', { readonly answer?: { readonly status: number } }>>;
}

const PAGE = 100;
const POLL_MS = 100;
/** Longer than the store waits before it writes. */
const QUIET_MS = 1500;
const MOST_MS = 30_000;

/** Waits until nothing more is compared, then tells all. */
export async function comparedTraffic(facade: FacadeProcess): Promise<ComparedTraffic> {
  await untilQuiet(facade);
  return {
    verdicts: await tallies(facade, 'facade_comparisons_total', 'verdict'),
    drops: await tallies(facade, 'facade_comparison_drops_total', 'reason'),
    inconclusive: await reasons(facade),
    mismatches: await mismatches(facade),
  };
}

/** Sum over all rows. */
export function countOfVerdict({ verdicts }: ComparedTraffic, verdict: string): number {
  return verdicts.filter(({ what }) => what === verdict).reduce((sum, { count }) => sum + count, 0);
}

async function untilQuiet(facade: FacadeProcess): Promise<void> {
  const until = performance.now() + MOST_MS;
  let seen = '';
  let since = performance.now();
  while (performance.now() < until) {
    const metrics = ['facade_comparisons_total', 'facade_comparison_drops_total'];
    const now = JSON.stringify(await Promise.all(metrics.map(async (name) => [...(await metricOf(facade, name))])));
    if (now !== seen) since = performance.now();
    seen = now;
    if (performance.now() - since >= QUIET_MS) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`still comparing after ${MOST_MS} ms`);
}

async function tallies(facade: FacadeProcess, metric: string, label: string): Promise<Tally[]> {
  return [...(await metricOf(facade, metric))].map(([labels, count]) => {
    const of = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    return { row: of('row'), what: of(label), count };
  });
}

async function reasons(facade: FacadeProcess): Promise<Tally[]> {
  const found: Tally[] = [];
  for (const { row, what } of await tallies(facade, 'facade_comparisons_total', 'verdict')) {
    if (what !== 'inconclusive') continue;
    const { evidence } = (await facade.admin('GET', `/comparisons/${row}`)) as {
      evidence: { inconclusive: readonly { readonly reason: string; readonly count: number }[] };
    };
    for (const { reason, count } of evidence.inconclusive) found.push({ row, what: reason, count });
  }
  return found;
}

async function mismatches(facade: FacadeProcess): Promise<FoundMismatch[]> {
  const found: FoundMismatch[] = [];
  for (;;) {
    const after = found.at(-1)?.id ?? 0;
    const page = (await facade.admin('GET', `/pair-export?verdict=mismatch&after=${after}&limit=${PAGE}`)) as {
      pairs: readonly Pair[];
    };
    if (page.pairs.length === 0) return found;
    found.push(...page.pairs.map(foundMismatch));
  }
}

function foundMismatch({ id, row, method, target, differences, pair: { legacy, engine } }: Pair): FoundMismatch {
  return {
    ...{ id, row, method, target },
    legacy: legacy.answer?.status ?? 0,
    engine: engine.answer?.status ?? 0,
    differences: [...new Set(differences.map(({ kind, path }) => `${kind} ${path}`))].sort(),
  };
}
