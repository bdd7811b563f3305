/** Asks the gate before the whole scheduler goes to the engine: a flip alone would look at no evidence. */
import { planPromotion } from '../../comparing/gate/plan-promotion.js';
import { SCHEDULER_ROW } from '../../table/background-tasks.js';
import type { FlipRequest } from '../../table/migration-table-store.js';
import { schedulerOf } from '../../table/scheduler-row.js';
import type { AdminDeps } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';
import { available, recordForced } from './evidence-acts.js';

type Deps = Pick<AdminDeps, 'table' | 'comparisons' | 'audit'>;

/**
 * Single jobs need no evidence: they are how an operator begins, and each is one that he names.
 * @returns the flip, bound to the version that was judged
 * @throws AdminError `gate_not_met`; with `force` what is missing is recorded instead
 */
export async function askSchedulerGate(
  { table, comparisons, audit }: Deps,
  request: FlipRequest,
): Promise<FlipRequest> {
  const snapshot = table.current();
  const takesAll = [request.target, ...(request.also ?? [])].includes(SCHEDULER_ROW) && request.stage === 'engine';
  if (!takesAll || schedulerOf(snapshot).owner === 'engine') return request;
  const promotion = await available(() => planPromotion(SCHEDULER_ROW, { table: snapshot, ...sources(comparisons) }));
  const bound = { ...request, ifVersion: snapshot.version };
  if (promotion === undefined || promotion.ready) return bound;
  if (request.force !== true)
    throw new AdminError('gate_not_met', `${SCHEDULER_ROW} is not ready for the engine.`, {
      problems: promotion.missing,
    });
  recordForced(audit, { promotion, who: request.who, why: request.why });
  return bound;
}

function sources(comparisons: Deps['comparisons']) {
  return {
    evidenceOf: (id: string) => comparisons.evidenceOf(id),
    judge: (...asked: Parameters<Deps['comparisons']['judge']>) => comparisons.judge(...asked),
  };
}
