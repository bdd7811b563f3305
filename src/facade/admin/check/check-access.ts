/**
 * Which rows let anyone read or change data, told as notes: the legacy always did, and only the operators of an installation
 * know who relies on it. And whether callers can be known where the table demands them.
 */
import { access, constants } from 'node:fs/promises';
import { LEGACY_ROUTES } from '../../../legacy-bridge/legacy-routes.js';
import { OPEN_ROUTES, type OpenEffect } from '../../../legacy-bridge/open-routes.js';
import type { FacadeAccess } from '../../access/open-access.js';
import { reasonOf } from '../../forwarding/ask-side.js';
import { chooseRow } from '../../listener/choose-row.js';
import type { CheckedTable } from '../../table/check-table.js';
import type { RouteRow, TableSnapshot } from '../../table/table-snapshot.js';
import { type CheckFinding, note, ok, problem, warning } from './check-report.js';
import { samplePath } from './sample-path.js';

const SUBJECT = 'access';

/** Rows that let in anyone, by what they let him do. A row is told once: one that changes data may show them too. */
export interface OpenRows {
  readonly changes: readonly string[];
  readonly reads: readonly string[];
}

export async function checkAccess(
  { snapshot, config }: Pick<CheckedTable, 'snapshot' | 'config'>,
  access: FacadeAccess,
): Promise<readonly CheckFinding[]> {
  const open = openRows(snapshot);
  const closable = new Set(config.routes.filter(({ hardened }) => hardened !== undefined).map(({ id }) => id));
  const demanding = [...snapshot.routes, snapshot.defaultRow].filter((row) => row.access !== 'public');
  return [
    ...openFindings(open, closable),
    ...deviceFindings(snapshot),
    ...(demanding.length === 0 ? [] : await callerFindings(demanding, access)),
  ];
}

/** By the rows that serve what the legacy leaves open, and by rows for what the legacy does not have. */
export function openRows(snapshot: TableSnapshot): OpenRows {
  const effects = new Map<string, OpenEffect>();
  const add = (row: RouteRow, effect: OpenEffect): void => {
    if (row.access === 'public' && effects.get(row.id) !== 'changes') effects.set(row.id, effect);
  };
  for (const { route, method, effect } of OPEN_ROUTES)
    add(chooseRow(snapshot, method, samplePath(route.rule)).row, effect);
  const known = new Set(LEGACY_ROUTES.map(({ rule }) => shapeOf(rule)));
  for (const row of snapshot.routes)
    for (const { methods, rule } of row.matches)
      if (!known.has(shapeOf(rule))) add(row, isRead(methods) ? 'reads' : 'changes');
  const withEffect = (wanted: OpenEffect) => [...effects].filter(([, effect]) => effect === wanted).map(([id]) => id);
  return { changes: withEffect('changes'), reads: withEffect('reads') };
}

function openFindings({ changes, reads }: OpenRows, closable: ReadonlySet<string>): CheckFinding[] {
  const find = (rows: readonly string[], what: string): CheckFinding[] => {
    if (rows.length === 0) return [];
    const message = `${rows.length === 1 ? '1 row lets' : `${rows.length} rows let`} anyone ${what}: ${rows.join(', ')}`;
    return [{ ...note(SUBJECT, message, closingHint(rows, closable)), rows }];
  };
  const findings = [...find(changes, 'change data'), ...find(reads, 'read data')];
  return findings.length > 0 ? findings : [ok(SUBJECT, 'no row lets anyone read or change data')];
}

function closingHint(rows: readonly string[], closable: ReadonlySet<string>): string {
  const byProfile = rows.filter((id) => closable.has(id)).length;
  const rest = rows.length - byProfile;
  const profile = `"profile: hardened" in the table closes ${byProfile === rows.length ? 'them all' : `${byProfile} of them`}`;
  if (byProfile === 0)
    return 'If nobody relies on that, give them an access (agents that show no token would be shut out).';
  return rest === 0
    ? `${profile}.`
    : `${profile}; the others are called by agents that show no token, or are your own.`;
}

/** Agents renew their tokens by what these routes answer; a word of the facade's comes in between. */
function deviceFindings(snapshot: TableSnapshot): CheckFinding[] {
  const agentsOwn = LEGACY_ROUTES.filter(({ rule }) => rule.startsWith('/api/agent/') && !isOpen(rule));
  const byAgents = OPEN_ROUTES.filter((open) => open.byAgents).map(({ route }) => route);
  const rows = [...agentsOwn, ...byAgents].flatMap(({ methods, rule }) =>
    methods.map((method) => chooseRow(snapshot, method, samplePath(rule)).row).filter((row) => row.access !== 'public'),
  );
  const ids = [...new Set(rows.map(({ id }) => id))];
  if (ids.length === 0) return [];
  return [
    warning(
      SUBJECT,
      `agents call ${ids.join(', ')}, which judge them by themselves or have to let them in without a token`,
      'Make them public again: an agent whose token has expired must hear that from the side, and one that enrols has none.',
    ),
  ];
}

async function callerFindings(
  demanding: readonly RouteRow[],
  { places, secret, accounts }: FacadeAccess,
): Promise<CheckFinding[]> {
  const wants = (...classes: readonly string[]) => demanding.some(({ access }) => classes.includes(access));
  if (places === undefined || accounts === undefined)
    return [problem(SUBJECT, 'callers are demanded, and nobody can be known', 'Set shared.projectRoot.')];
  const found: CheckFinding[] = [];
  if (wants('operator', 'admin'))
    for (const text of secret.warnings)
      found.push(warning(SUBJECT, text, 'Set it for both sides and the facade, and sign in anew.'));
  const unreadable = await firstProblem([
    ...(wants('device') ? [() => access(places.layout.jwtKeyFile, constants.R_OK)] : []),
    () => accounts.anyAccount(),
  ]);
  if (unreadable !== undefined)
    found.push(
      problem(
        SUBJECT,
        `callers can't be known: ${unreadable}`,
        'Until then rows that demand one answer 503 access_unavailable.',
      ),
    );
  return found.length > 0 ? found : [ok(SUBJECT, `${demanding.length} rows demand a caller, who can be known`)];
}

async function firstProblem(looks: readonly (() => Promise<unknown>)[]): Promise<string | undefined> {
  for (const look of looks) {
    try {
      await look();
    } catch (error) {
      return reasonOf(error);
    }
  }
  return undefined;
}

function isOpen(rule: string): boolean {
  return OPEN_ROUTES.some(({ route }) => route.rule === rule);
}

function isRead(methods: readonly string[] | '*'): boolean {
  return methods !== '*' && methods.every((method) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS');
}

/** What parameters are called makes no difference. */
function shapeOf(rule: string): string {
  return rule.replace(/:[A-Za-z0-9_]+/g, ':');
}
