/**
 * What the legacy wrote in one tick against what the engine would have: verdicts job by job. Pure.
 *
 * Two questions are asked of each run. Does the engine, reading as the legacy does, come to what the legacy did? If not, the engine
 * misunderstands something: a mismatch. And does the engine's own reading differ from that? It may, where a fault is mended that the
 * contract names (POLICY 9); such a difference is passed over under the fault's name, any other counts.
 */
import type { NamedDifference, ShadowRun, ShadowTick } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import type { WrittenRun } from '../../legacy-bridge/scheduler/written-runs.js';
import { pathText, RowKey } from '../comparing/compare/path.js';
import type { ComparisonResult, Difference, InconclusiveReason, PassedDifference } from '../comparing/comparison.js';

/** A run as far as it is compared: what its row was when it was written. */
export type ComparedRun = Pick<ShadowRun, 'host' | 'occurrence' | 'status'>;

/** One job in one tick. */
export interface ComparedJob {
  readonly job: number;
  /** What the legacy wrote. */
  readonly written: readonly ComparedRun[];
  /** What the engine makes of it, reading as the legacy does, and by its own reading. */
  readonly asLegacy: readonly ComparedRun[];
  readonly asEngine: readonly ComparedRun[];
  readonly result: ComparisonResult;
}

export interface TickToCompare {
  readonly shadow: ShadowTick;
  /** Of that minute and of the legacy's jobs alone. */
  readonly written: readonly WrittenRun[];
  /** Why nothing can be said of the whole tick, whatever the sides did. */
  readonly doubt: InconclusiveReason | undefined;
}

/** Gives a verdict for each job of which any of the three has a run, one by one; none for those that all let rest. */
export function* compareTick({ shadow, written, doubt }: TickToCompare): Generator<ComparedJob, void> {
  const runs = {
    written: byJob(written.map((run) => ({ job: run.jobId, ...asWritten(run) }))),
    asLegacy: byJob(shadow.as_legacy),
    asEngine: byJob(shadow.as_engine),
  };
  const named = byJob(shadow.named);
  const unsure = { jobs: new Set(shadow.unsure_jobs), hosts: new Set(shadow.unsure_hosts) };
  const jobs = new Set([...runs.written.keys(), ...runs.asLegacy.keys(), ...runs.asEngine.keys()]);
  for (const job of jobs) {
    const of = (all: ReadonlyMap<number, readonly ComparedRun[]>) => all.get(job) ?? [];
    const compared = { written: of(runs.written), asLegacy: of(runs.asLegacy), asEngine: of(runs.asEngine) };
    const reason = doubt ?? (unsure.jobs.has(job) ? 'job_changed' : undefined);
    const result =
      reason === undefined ? judged(compared, named.get(job) ?? [], unsure.hosts) : inconclusive(reason, []);
    yield { job, ...compared, result };
  }
}

const NO_CREDENTIAL = 'Credential required for remote execution';

/**
 * A run may have gone on since: what was dispatched was written as `Running`, whatever became of it, unless it could not be sent at
 * all (scheduler 7.4); what was not dispatched has no start.
 */
function asWritten({ host, scheduledAt, startedAt, status, error }: WrittenRun): ComparedRun {
  const failed = status === 'Failed' && error === NO_CREDENTIAL;
  const first = startedAt === null ? 'Expired' : failed ? 'Failed' : 'Running';
  return { host, occurrence: scheduledAt ?? 0, status: first };
}

type Compared = Pick<ComparedJob, 'written' | 'asLegacy' | 'asEngine'>;

/** Differences that are told, of either sort. */
const MOST_TOLD = 200;

function judged(
  { written, asLegacy, asEngine }: Compared,
  named: readonly NamedDifference[],
  unsureHosts: ReadonlySet<string>,
): ComparisonResult {
  const hosts = new Set([...written, ...asLegacy, ...asEngine].map(({ host }) => host));
  const sure = [...hosts].filter((host) => !unsureHosts.has(host));
  const notSeen = sure.length === hosts.size ? [] : ['hosts that reported as the tick began'];
  if (sure.length === 0) return inconclusive('presence_unknown', notSeen);
  const at = { written: byHost(written), asLegacy: byHost(asLegacy), asEngine: byHost(asEngine) };
  const why = new Map(named.map((one) => [one.host, one]));
  const differences: Difference[] = [];
  const passed: PassedDifference[] = [];
  for (const host of sure) {
    differences.push(...differing('runs', host, at.written.get(host), at.asLegacy.get(host)));
    const own = differing('own', host, at.asLegacy.get(host), at.asEngine.get(host));
    const { fault = null, why: words = '' } = why.get(host) ?? {};
    if (fault === null) differences.push(...own);
    else passed.push(...own.map((one) => ({ ...one, by: 'rule' as const, rule: fault, why: words })));
  }
  return concluded(differences, passed, notSeen);
}

function concluded(
  differences: readonly Difference[],
  passed: readonly PassedDifference[],
  notSeen: readonly string[],
): ComparisonResult {
  const uses = new Map<string, number>();
  for (const { rule } of passed) uses.set(rule, (uses.get(rule) ?? 0) + 1);
  return {
    verdict: differences.length > 0 ? 'mismatch' : passed.length > 0 ? 'ignored' : 'match',
    reason: undefined,
    differences: differences.slice(0, MOST_TOLD),
    passed: passed.slice(0, MOST_TOLD),
    notSeen,
    used: [...uses].map(([rule, count]) => ({ by: 'rule', rule, count })),
    untold: {
      differences: Math.max(0, differences.length - MOST_TOLD),
      passed: Math.max(0, passed.length - MOST_TOLD),
    },
    expiredRules: [],
  };
}

function inconclusive(reason: InconclusiveReason, notSeen: readonly string[]): ComparisonResult {
  return { ...concluded([], [], notSeen), verdict: 'inconclusive', reason };
}

/** Of one host. `legacy` stands for what is compared against, which for the engine's own reading is its reading as the legacy. */
function differing(
  list: 'runs' | 'own',
  host: string,
  legacy: ComparedRun | undefined,
  engine: ComparedRun | undefined,
): Difference[] {
  const path = (...field: readonly string[]) => pathText(['body', list, new RowKey(host), ...field]);
  const shown = (run: ComparedRun | undefined) =>
    run === undefined ? undefined : JSON.stringify({ occurrence: run.occurrence, status: run.status });
  if (legacy === undefined && engine === undefined) return [];
  if (legacy === undefined || engine === undefined)
    return [
      {
        kind: engine === undefined ? 'missing' : 'extra',
        path: path(),
        legacy: shown(legacy),
        engine: shown(engine),
      },
    ];
  return (['occurrence', 'status'] as const)
    .filter((field) => legacy[field] !== engine[field])
    .map((field) => ({
      kind: 'value',
      path: path(field),
      legacy: JSON.stringify(legacy[field]),
      engine: JSON.stringify(engine[field]),
    }));
}

function byJob<T extends { readonly job: number }>(all: readonly T[]): ReadonlyMap<number, readonly T[]> {
  const jobs = new Map<number, T[]>();
  for (const one of all) {
    const known = jobs.get(one.job);
    if (known === undefined) jobs.set(one.job, [one]);
    else known.push(one);
  }
  return jobs;
}

/** Of several for one host, which no reading writes, the first. */
function byHost(runs: readonly ComparedRun[]): ReadonlyMap<string, ComparedRun> {
  return new Map([...runs].reverse().map((run) => [run.host, run]));
}
