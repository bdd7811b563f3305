/** What was compared: shown, replayed, ignored, and rows promoted by it. */
import type { GateVerdict } from '../../comparing/gate/gate-verdict.js';
import { type Promotion, planPromotion } from '../../comparing/gate/plan-promotion.js';
import { type ComparisonSummary, summarise } from '../../comparing/store/comparison-summary.js';
import type { Evidence, MismatchGroup } from '../../comparing/store/evidence.js';
import type { PairFilter } from '../../comparing/store/kept-pair.js';
import { comparedRow, comparedRows } from '../../table/compared-rows.js';
import type { FlipRequest, IgnoreRequest } from '../../table/migration-table-store.js';
import type { Stage } from '../../table/stage.js';
import { TableError } from '../../table/table-error.js';
import type { RouteRow, TableSnapshot } from '../../table/table-snapshot.js';
import type { AdminDeps } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';
import type { COMPARISON_OPERATIONS } from '../comparison-operations.js';
import { available, recordAct, recordForced } from './evidence-acts.js';
import { type AdminHandler, auditName } from './handler.js';
import type { MadeVersion } from './scheduler-flips.js';
import { type ToldVersionDeps, toldVersion } from './told-version.js';

type Deps = Pick<AdminDeps, 'table' | 'audit' | 'comparisons'>;
type PromoteDeps = Deps & ToldVersionDeps;

export function comparisonHandlers(deps: PromoteDeps): Record<keyof typeof COMPARISON_OPERATIONS, AdminHandler> {
  const { comparisons, table } = deps;
  let isReplaying = false;
  const filterOf = (query: Readonly<Record<string, unknown>>) => query as unknown as PairFilter;
  return {
    listComparisons: async () => ({ json: await available(() => listComparisons(deps)) }),
    getEvidence: async ({ params }) => ({ json: await available(() => getEvidence(deps, params.row as string)) }),
    listMismatches: async ({ query }) => ({ json: await available(() => listMismatches(deps, query)) }),
    listPairs: async ({ query }) => ({ json: { pairs: await available(() => comparisons.pairs(filterOf(query))) } }),
    getPair: async ({ params }) => {
      const pair = await available(() => comparisons.pair(params.id as number));
      if (pair === undefined) throw new AdminError('pair_unknown', `No comparison ${String(params.id)} is kept.`);
      return { json: pair };
    },
    exportPairs: async ({ query }) => ({
      json: { pairs: await available(() => comparisons.wholePairs(filterOf(query))) },
    }),
    replay: async ({ body, signal }) => {
      if (isReplaying) throw new AdminError('replay_running');
      isReplaying = true;
      try {
        return { json: await available(() => replay(deps, body as ReplayBody, signal)) };
      } finally {
        isReplaying = false;
      }
    },
    ignore: async ({ body }) => {
      const { who, ...rest } = body as Omit<IgnoreRequest, 'who'> & { readonly who?: string };
      return { json: await table.ignore({ ...rest, who: auditName(who) }) };
    },
    promote: async ({ body }) => ({ json: await promote(deps, body as PromoteBody) }),
  };
}

async function listComparisons({ comparisons, table }: Deps) {
  const snapshot = table.current();
  const byRow = new Map((await comparisons.evidence()).map((evidence) => [evidence.row, evidence]));
  const rows = comparedRows(snapshot).flatMap((row): ComparisonSummary[] => {
    const evidence = byRow.get(row.id);
    return evidence === undefined ? [] : [summarise(row, evidence, comparisons.judge(row, evidence))];
  });
  const { writable, problem, lost } = comparisons.health();
  const { stage: socketsAt, events } = snapshot.sockets;
  // Of a tunnel nobody sees the events.
  const notCompared = [...events.values()]
    .filter(({ stage }) => socketsAt !== 'split' && (stage === 'shadow' || stage === 'canary'))
    .map(({ id }) => id);
  return { store: { writable, problem: problem ?? null, lost }, rows, notCompared };
}

async function getEvidence({ comparisons, table }: Deps, id: string) {
  const row = knownRow(table.current(), id);
  const evidence = await comparisons.evidenceOf(id);
  if (evidence === undefined) throw new AdminError('row_unknown');
  const gate = comparisons.judge(row, evidence);
  return {
    summary: summarise(row, evidence, gate),
    evidence: { ...evidence, period: evidence.period ?? null },
    gate: { ...gate, next: gate.next ?? null },
  };
}

async function listMismatches({ comparisons, table }: Deps, { row, path }: Readonly<Record<string, unknown>>) {
  const rows =
    row === undefined
      ? (await comparisons.evidence()).filter(({ counts }) => counts.mismatch > 0).map((evidence) => evidence.row)
      : [knownRow(table.current(), row as string).id];
  const begins = (path as string | undefined) ?? '';
  const groups: (MismatchGroup & { readonly row: string })[] = [];
  // One row after the other, for all of its places: the rare ones would be missing among those of many rows.
  for (const id of rows)
    for (const group of (await comparisons.evidenceOf(id))?.mismatches ?? [])
      if (group.path.startsWith(begins)) groups.push({ row: id, ...group });
  return { groups };
}

interface ReplayBody {
  readonly row?: string;
  readonly limit?: number;
  readonly who?: string;
}

const USUAL_REPLAYS = 50;

async function replay(
  { comparisons, table, audit }: Deps,
  { row, limit = USUAL_REPLAYS, who }: ReplayBody,
  signal: AbortSignal,
) {
  if (comparisons.replay === undefined) throw new AdminError('replay_unavailable');
  if (row !== undefined) knownRow(table.current(), row);
  const pairs = await comparisons.pairs({ row, verdict: 'mismatch', limit });
  // It lets requests of others run once more in their name, if only as dry runs.
  recordAct(audit, {
    who: auditName(who),
    action: 'replay',
    detail: `${pairs.length} kept mismatches${row === undefined ? '' : ` of ${row}`}`,
    why: 'asked for',
  });
  return comparisons.replay(pairs, signal);
}

type PromoteBody = Pick<FlipRequest, 'target' | 'percent' | 'by'> & {
  readonly to?: Stage;
  readonly force?: boolean;
  readonly why?: string;
  readonly who?: string;
};

/** The gate is asked, and then the flip made under its own checks. */
async function promote(deps: PromoteDeps, body: PromoteBody): Promise<MadeVersion> {
  const { table, comparisons, audit } = deps;
  const { target, force = false } = body;
  const snapshot = table.current();
  const sources = {
    table: snapshot,
    evidenceOf: (id: string) => comparisons.evidenceOf(id),
    judge: (row: RouteRow, evidence: Evidence) => comparisons.judge(row, evidence),
  };
  const promotion = await available(() => planPromotion(target, sources));
  if (promotion === undefined) throw unknownTarget(snapshot, target);
  if (promotion.to === undefined)
    throw new TableError('nothing_to_change', `${target} is at ${promotion.from}, the last stage.`);
  if (body.to !== undefined && body.to !== promotion.to)
    throw new TableError('table_moved', `${target} is at ${promotion.from}: ${promotion.to} is next, not ${body.to}.`);
  if (force && (body.why ?? '').trim() === '')
    throw new TableError('why_required', 'Forcing a promotion needs a reason.');
  if (!promotion.ready && !force)
    throw new AdminError('gate_not_met', `${target} is not ready for ${promotion.to}.`, {
      problems: promotion.missing,
    });
  const who = auditName(body.who);
  if (!promotion.ready) recordForced(audit, { promotion, who, why: body.why ?? '' });
  const { percent, by } = body;
  const version = await table.flip({
    target,
    stage: promotion.to,
    ...(percent === undefined ? {} : { percent }),
    ...(by === undefined ? {} : { by }),
    why: whyOf(promotion, body.why),
    who,
    ...(force ? { force } : {}),
    // What was judged is what is flipped: a row may have moved, or its rules may have changed, while evidence was read.
    ifVersion: snapshot.version,
  });
  return toldVersion(deps, version);
}

function whyOf({ ready, verdicts, missing }: Promotion, why: string | undefined): string {
  const gate = ready ? gateInWords(verdicts) : `forced, ${missing.length} conditions of the gate unmet`;
  return why === undefined ? `Promoted: ${gate}.` : `${why} (${gate})`;
}

function gateInWords(verdicts: readonly GateVerdict[]): string {
  const checked = verdicts.filter(({ checks }) => checks.length > 0).length;
  return checked === 0
    ? 'the step needs no evidence'
    : `the gate holds for ${checked === 1 ? 'the row' : `all ${checked} rows`}`;
}

function unknownTarget({ routes, sockets }: TableSnapshot, target: string): Error {
  const group = [...routes, ...sockets.events.values()].find(({ id }) => id === target)?.group;
  if (group !== undefined)
    return new TableError('in_group', `Row ${target} moves with its group: promote ${group} instead.`);
  return new TableError('unknown_target', `No row or group is called ${target}.`);
}

function knownRow(snapshot: TableSnapshot, id: string): RouteRow {
  const row = comparedRow(snapshot, id);
  if (row === undefined) throw new AdminError('row_unknown', `The migration table has no row "${id}".`);
  return row;
}
