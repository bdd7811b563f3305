/** One route row: where it stands, what its evidence says, and the way to the next stage and back. */
import type { Evidence, Route, Table, Version } from './answers.js';
import { asError, get } from './api.js';
import { type Child, el, list, localTime, show, stageChip, table } from './elements.js';
import { flipForm } from './flip-form.js';
import { flipped, refused } from './outcome.js';
import { showPair } from './pair-panel.js';
import { openPanel } from './panel.js';

const STAGES = ['legacy', 'shadow', 'canary', 'verify', 'engine', 'retired'] as const;

/**
 * @param refresh after the table has changed
 * @param told what has just been done to it
 */
export async function showRow(id: string, refresh: () => void, told?: Version): Promise<void> {
  const content = openPanel(id, 'Loading …');
  const [of, evidence] = await Promise.all([
    get<Table>('/routes').catch(asError),
    get<Evidence>(`/comparisons/${encodeURIComponent(id)}`).catch(asError),
  ]);
  const said = told === undefined ? undefined : flipped(told);
  show(content, said, ...(of instanceof Error ? [refused(of)] : described(id, of, evidence, refresh)));
  said?.focus();
}

function described(id: string, of: Table, evidence: Evidence | Error, refresh: () => void): readonly Child[] {
  const route = of.routes.find((one) => one.id === id);
  if (route === undefined) return [`Version ${of.version} of the table has no such row.`];
  const { group } = route;
  const fellows = of.routes.filter((one) => group !== null && one.group === group);
  return [
    facts(route),
    fellows.length > 1 &&
      el('p', {}, `It flips with its group, as these share state: ${fellows.map((one) => one.id).join(', ')}.`),
    flipForm({
      ...{ target: group ?? id, stages: STAGES, current: route.stage, canary: route.canary, refresh },
      next: evidence instanceof Error ? null : evidence.summary.next,
      onDone: (version) => void showRow(id, refresh, version),
    }),
    ...(evidence instanceof Error ? [refused(evidence)] : evidenceOf(evidence, () => void showRow(id, refresh))),
  ];
}

function facts(route: Route): HTMLElement {
  const { matches, stage, canary, access, breaker, heldUntil, notServed, notComparable, fallback, sample, requires } =
    route;
  const entries: readonly (readonly [string, string | Node])[] = [
    [
      'Serves',
      list(
        matches.map(({ methods, rule }) => `${methods.join('|')} ${rule}`),
        'mono',
      ),
    ],
    ['Stage', stageChip(stage, canary === null ? '' : ` ${canary.percent} % by ${canary.by}`)],
    ['Lets in', access],
    ['When the engine can not', fallback === 'legacy' ? 'the legacy answers' : 'nobody answers in its place'],
    ['Compared', `${sample} % of requests, at the stages that compare`],
    ...(requires.length === 0
      ? []
      : [['Needs', list(requires.map((one) => `${one.id} at ${one.atLeast} or further`))] as const]),
    ...(breaker === 'closed' ? [] : [['Breaker', breaker] as const]),
    ...(heldUntil === null ? [] : [['Held back by the guard until', localTime(heldUntil)] as const]),
    ...(notServed === null || notServed.length === 0 ? [] : [['The engine lacks', list(notServed, 'mono')] as const]),
    ...(notComparable === null ? [] : [['Not comparable', notComparable] as const]),
  ];
  return el('dl', {}, ...entries.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
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
