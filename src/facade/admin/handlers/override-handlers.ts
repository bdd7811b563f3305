/** Overrides for testers: what a flip of the row would be asked is asked, and the audit told, before one is signed. */
import { isSafe } from '../../forwarding/safe-method.js';
import { OVERRIDE_HEADER, USUAL_OVERRIDE_S } from '../../override/override.js';
import type { Side } from '../../side.js';
import type { RouteRow, TableSnapshot } from '../../table/table-snapshot.js';
import type { AdminDeps } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';
import { recordAct } from './evidence-acts.js';
import { type AdminHandler, auditName } from './handler.js';

type Deps = Pick<AdminDeps, 'table' | 'audit' | 'overrides' | 'notServed' | 'sharedWarnings'>;

interface OverrideBody {
  readonly row: string;
  readonly side: Side;
  readonly seconds?: number;
  readonly why: string;
  readonly who?: string;
}

/** A header to be sent along, and what to mind. */
export interface SignedOverride {
  /** The whole header. */
  readonly header: string;
  readonly row: string;
  readonly side: Side;
  /** ISO 8601, UTC. */
  readonly until: string;
  /** Sentences without a full stop. */
  readonly warnings: readonly string[];
}

export function overrideHandlers(deps: Deps): Record<'makeOverride', AdminHandler> {
  const { table, audit, overrides } = deps;
  return {
    makeOverride: async ({ body }) => {
      const { row: id, side, seconds = USUAL_OVERRIDE_S, why, who } = body as OverrideBody;
      const row = askedRow(table.current(), id);
      const refused = uselessFor(row, side) ?? (side === 'engine' ? await overrides.unfit(row) : undefined);
      if (refused !== undefined) throw new AdminError('override_refused', refused);
      const end = Math.floor(overrides.now() / 1000) + seconds;
      const until = new Date(end * 1000).toISOString();
      const header = `${OVERRIDE_HEADER}: ${overrides.sign({ row: row.id, side, until: end })}`;
      const warnings = side === 'engine' ? await engineWarnings(deps, row) : [];
      const detail = `requests of ${row.id} to the ${side}, until ${until}`;
      recordAct(audit, { who: auditName(who), action: 'override', detail, why });
      const signed: SignedOverride = { header, row: row.id, side, until, warnings };
      return { json: signed };
    },
  };
}

function askedRow({ routes, defaultRow, groups }: TableSnapshot, id: string): RouteRow {
  const row = [...routes, defaultRow].find((one) => one.id === id);
  if (row !== undefined) return row;
  if (!groups.has(id)) throw new AdminError('row_unknown', `The migration table has no row "${id}".`);
  const members = routes.filter(({ group }) => group === id).map((one) => one.id);
  throw new AdminError('row_unknown', `"${id}" is a group; an override is for one of its rows: ${members.join(', ')}.`);
}

function uselessFor({ id, stage, matches }: RouteRow, side: Side): string | undefined {
  if (side === 'legacy' && stage === 'retired') return `${id} is retired: the legacy may be gone.`;
  // Of paths that no row names nobody can say whether the engine serves them, or whether its answers carry tokens.
  if (side === 'engine' && matches.length === 0)
    return `${id} names no routes that the engine could be asked about: give the path a row of its own.`;
  return undefined;
}

async function engineWarnings({ notServed, sharedWarnings }: Deps, row: RouteRow): Promise<readonly string[]> {
  const { id, matches, group, requires } = row;
  const writes = matches.some(({ methods }) => methods === '*' || methods.some((method) => !isSafe(method)));
  const needed = requires.map((one) => one.id).join(', ');
  return [
    ...(writes ? ['the engine executes writes for real, in the database that both sides share'] : []),
    ...(group === undefined
      ? []
      : [
          `rows of group ${group} share what a side remembers: what the engine is told of ${id}, the legacy does not know`,
        ]),
    ...(needed === '' ? [] : [`${id} requires ${needed} to have moved first, which an override does not`]),
    ...sharedWarnings(),
    ...((await notServed()) === undefined
      ? ['the engine could not be asked whether it serves this row; where it does not, it answers 501']
      : []),
  ];
}
