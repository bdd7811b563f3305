/** One row of routes or events: where it stands, what its evidence says, and the way to the next stage and back. */
import type { Comparisons, EventRow, Evidence, Route, Table, Version } from './answers.js';
import { asError, get } from './api.js';
import { type Child, el, list, show, table } from './elements.js';
import { flipForm } from './flip-form.js';
import { flipped, refused } from './outcome.js';
import { showPair } from './pair-panel.js';
import { openPanel } from './panel.js';
import { isRoute, rowFacts } from './row-facts.js';

const ROUTE_STAGES = ['legacy', 'shadow', 'canary', 'verify', 'engine', 'retired'] as const;
const EVENT_STAGES = ['legacy', 'shadow', 'canary', 'engine', 'retired'] as const;

/**
 * @param refresh after the table has changed
 * @param told what has just been done to it
 */
export async function showRow(id: string, refresh: () => void, told?: Version): Promise<void> {
  const content = openPanel(id, 'Loading …');
  const [of, comparisons, evidence] = await Promise.all([
    get<Table>('/routes').catch(asError),
    get<Comparisons>('/comparisons').catch(asError),
    get<Evidence>(`/comparisons/${encodeURIComponent(id)}`).catch(asError),
  ]);
  const said = told === undefined ? undefined : flipped(told);
  const again = (version?: Version) => void showRow(id, refresh, version);
  show(
    content,
    said,
    ...(of instanceof Error ? [refused(of)] : moving(id, of, comparisons, refresh, again)),
    ...(evidence instanceof Error ? [refused(evidence)] : evidenceOf(evidence, () => again())),
  );
  said?.focus();
}

function moving(
  id: string,
  of: Table,
  comparisons: Comparisons | Error,
  refresh: () => void,
  onDone: (version: Version) => void,
): readonly Child[] {
  const rows: readonly (Route | EventRow)[] = [...of.routes, ...of.sockets.events];
  const row = rows.find((one) => one.id === id);
  if (row === undefined) return [`Version ${of.version} of the table has no such row.`];
  const { group, canary, stage: current } = row;
  const fellows = group === null ? [row] : rows.filter((one) => one.group === group);
  const stages = fellows.some(isRoute) ? ROUTE_STAGES : EVENT_STAGES;
  const next = comparisons instanceof Error ? null : nextOf(fellows, comparisons);
  return [
    rowFacts(row),
    group !== null &&
      el(
        'p',
        {},
        `It flips with its group ${group}, as these share state: ${fellows.map((one) => one.id).join(', ')}.`,
      ),
    comparisons instanceof Error &&
      el('p', { className: 'warn' }, `Nothing here asks the gate, as no evidence is known: ${comparisons.message}`),
    flipForm({ target: group ?? id, stages, current, canary, next, refresh, onDone }),
  ];
}

/** As the gate has it: a group passes over `verify` only when all of its rows do. */
function nextOf(fellows: readonly (Route | EventRow)[], { rows }: Comparisons): string | null {
  const nexts = fellows.map(({ id }) => rows.find(({ row }) => row === id)?.next ?? null);
  return nexts.includes('verify') ? 'verify' : (nexts[0] ?? null);
}

function evidenceOf({ summary, evidence, gate }: Evidence, back: () => void): readonly HTMLElement[] {
  const { counts, next } = summary;
  const said = `${counts.match} match, ${counts.ignored} ignored, ${counts.mismatch} mismatch, ${counts.inconclusive} inconclusive`;
  const why = evidence.inconclusive.map(({ reason, count }) => `${reason} ${count}`).join(', ');
  const checks = gate.checks.map(({ ok, text }) =>
    el('li', { className: ok ? 'good' : 'bad' }, `${ok ? 'holds' : 'lacks'}: ${text}`),
  );
  return [
    el('h3', {}, 'Evidence'),
    el('p', {}, said, why === '' ? '' : ` (${why})`),
    ...(next === null || checks.length === 0 ? [] : [el('h3', {}, `The gate to ${next}`), el('ul', {}, ...checks)]),
    ...(summary.notes.length === 0 ? [] : [list(summary.notes, 'quiet')]),
    el('h3', {}, 'Mismatches'),
    table(
      ['Kind', 'Path', { number: 'Count' }, 'Newest'],
      evidence.mismatches.map((one) => mismatchRow(one, back)),
      'None is counted.',
    ),
    ...(evidence.passed.length === 0
      ? []
      : [
          el('h3', {}, 'Passed over'),
          list(
            evidence.passed.map(({ by, rule, count }) => `${by} ${rule}: ${count}`),
            'quiet',
          ),
        ]),
  ];
}

function mismatchRow(
  { kind, path, count, newest }: Evidence['evidence']['mismatches'][number],
  back: () => void,
): HTMLElement {
  const open =
    newest === null ? undefined : el('button', { type: 'button', className: 'plain' }, `comparison ${newest}`);
  open?.addEventListener('click', () => void showPair(newest ?? 0, back));
  return el(
    'tr',
    {},
    el('td', {}, kind),
    el('td', { className: 'mono' }, path),
    el('td', { className: 'number' }, count),
    el('td', {}, open),
  );
}
