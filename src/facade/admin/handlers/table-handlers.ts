/** The migration table: shown, explained, flipped, rolled back. */

import { demandsOperators } from '../../access/demands-caller.js';
import type { AccessRequest, FlipRequest, RollbackRequest } from '../../table/migration-table-store.js';
import type { AdminDeps, ExplainInput } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';
import { type ExplainEventInput, explainEvent } from '../explain-event.js';
import { type RowFacts, showRow, showTable } from '../shown-table.js';
import { type AdminHandler, auditName } from './handler.js';
import { checkSchedulerFlip } from './scheduler-flips.js';
import { askSchedulerGate } from './scheduler-gate.js';
import { toldVersion } from './told-version.js';

type Operations =
  | 'listRoutes'
  | 'getRoute'
  | 'explain'
  | 'explainEvent'
  | 'flip'
  | 'previewFlip'
  | 'rollback'
  | 'setAccess'
  | 'getVersion'
  | 'listAudit';

export function tableHandlers(
  deps: Pick<
    AdminDeps,
    'table' | RowFactSources | 'sharedWarnings' | 'secretWarnings' | 'explain' | 'audit' | 'comparisons' | 'scheduler'
  >,
): Record<Operations, AdminHandler> {
  const { table } = deps;
  return {
    listRoutes: async () => ({ json: showTable(table.current(), await rowFacts(deps)) }),
    getRoute: async ({ params }) => ({ json: await getRoute(deps, params.id as string) }),
    explain: async ({ body }) => {
      const { headers = {}, address = '127.0.0.1', ...rest } = body as ExplainBody;
      return { json: await deps.explain({ ...rest, headers, address }) };
    },
    explainEvent: ({ body }) => {
      const { event, headers = {}, address = '127.0.0.1' } = body as ExplainEventBody;
      return { json: explainEvent(table.current(), { event, headers, address }) };
    },
    flip: async ({ body }) => {
      const asked = flipRequest(body as FlipBody);
      await checkSchedulerFlip(deps, asked);
      const request = await askSchedulerGate(deps, asked);
      return { json: await toldVersion(deps, await table.flip(request)) };
    },
    previewFlip: async ({ body }) => {
      const request = flipRequest(body as FlipBody);
      await checkSchedulerFlip(deps, request);
      return { json: table.preview(request) };
    },
    rollback: async ({ body }) => {
      const { who, ...rest } = body as RollbackBody;
      return { json: await toldVersion(deps, await table.rollback({ ...rest, who: auditName(who) })) };
    },
    setAccess: async ({ body }) => {
      const { who, ...rest } = body as AccessBody;
      const version = await table.setAccess({ ...rest, who: auditName(who) });
      return { json: { ...version, warnings: demandsOperators(table.current()) ? deps.secretWarnings : [] } };
    },
    getVersion: ({ params }) => ({ json: getVersion(deps, params.version as number) }),
    listAudit: ({ query }) => ({ json: { entries: deps.audit.list(query.limit as number) } }),
  };
}

type ExplainBody = Pick<ExplainInput, 'method' | 'path'> & Partial<ExplainInput>;
type ExplainEventBody = Pick<ExplainEventInput, 'event'> & Partial<ExplainEventInput>;
type FlipBody = Omit<FlipRequest, 'who'> & { readonly who?: string };
type AccessBody = Omit<AccessRequest, 'who'> & { readonly who?: string };
type RollbackBody = Omit<RollbackRequest, 'who'> & { readonly who?: string };

function flipRequest({ who, ...rest }: FlipBody): FlipRequest {
  return { ...rest, who: auditName(who) };
}

/** What is asked of the parts for each row that is shown. */
type RowFactSources = 'breakers' | 'guard' | 'notComparable' | 'notServed';

async function rowFacts(deps: Pick<AdminDeps, RowFactSources>): Promise<RowFacts> {
  const notServed = await deps.notServed();
  const { breakers, guard, notComparable } = deps;
  return { breakers: breakers(), heldUntil: (row) => guard.heldUntil(row), notComparable: notComparable(), notServed };
}

async function getRoute(deps: Pick<AdminDeps, 'table' | RowFactSources>, id: string) {
  const { routes, defaultRow } = deps.table.current();
  const row = [...routes, defaultRow].find((one) => one.id === id);
  if (row === undefined) throw new AdminError('row_unknown', `The migration table has no row "${id}".`);
  return showRow(row, await rowFacts(deps));
}

/** Versions count up by one, so the asked one stands a known number of places from the newest. */
function getVersion({ table }: Pick<AdminDeps, 'table'>, version: number) {
  const places = table.current().version - version + 1;
  const found = places > 0 ? table.versions(places).find((one) => one.version === version) : undefined;
  if (found === undefined) throw new AdminError('version_unknown', `No version ${version} of the table is kept.`);
  return found;
}
