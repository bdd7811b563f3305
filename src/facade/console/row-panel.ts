/** One route row: where it stands, what its evidence says, and the way to the next stage and back. */
import type { Evidence, Route, Version } from './answers.js';
import { asError, get } from './api.js';
import { el, list, localTime, show, stageChip, table } from './elements.js';
import { flipForm, flipped, refused } from './flip-form.js';
import { showPair } from './pair-panel.js';
import { openPanel } from './panel.js';

const STAGES = ['legacy', 'shadow', 'canary', 'verify', 'engine', 'retired'] as const;

/**
 * @param fellows ids of the rows of its group, itself included
 * @param onFlipped after the table has changed
 * @param told what has just been done to it
 */
export async function showRow(
  route: Route,
  fellows: readonly string[],
  onFlipped: () => void,
  told?: Version,
): Promise<void> {
  const content = openPanel(route.id, 'Loading …');
  const evidence = await get<Evidence>(`/comparisons/${encodeURIComponent(route.id)}`).catch(asError);
  const form = flipForm({
    ...{ target: route.group ?? route.id, stages: STAGES, current: route.stage },
    next: evidence instanceof Error ? null : evidence.summary.next,
    onDone: (version) => {
      onFlipped();
      get<Route>(`/routes/${encodeURIComponent(route.id)}`)
        .then((moved) => showRow(moved, fellows, onFlipped, version))
        .catch((error: unknown) => show(content, flipped(version), refused(error)));
    },
  });
  show(
    content,
    told === undefined ? undefined : flipped(told),
    facts(route),
    fellows.length > 1
      ? el('p', {}, `It flips with its group, as these share state: ${fellows.join(', ')}.`)
      : undefined,
    form,
    ...(evidence instanceof Error ? [refused(evidence)] : described(evidence)),
  );
}

function facts({ matches, stage, canary, access, breaker, heldUntil, notServed, notComparable }: Route): HTMLElement {
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
    ...(breaker === 'closed' ? [] : [['Breaker', breaker] as const]),
    ...(heldUntil === null ? [] : [['Held back by the guard until', localTime(heldUntil)] as const]),
    ...(notServed === null || notServed.length === 0 ? [] : [['The engine lacks', list(notServed, 'mono')] as const]),
    ...(notComparable === null ? [] : [['Not comparable', notComparable] as const]),
  ];
  return el('dl', {}, ...entries.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

function described({ summary, evidence, gate }: Evidence): readonly HTMLElement[] {
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
    table(['Kind', 'Path', { number: 'Count' }, 'Newest'], evidence.mismatches.map(mismatchRow), 'None is counted.'),
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

function mismatchRow({ kind, path, count, newest }: Evidence['evidence']['mismatches'][number]): HTMLElement {
  const open = newest === null ? undefined : el('button', { type: 'button', className: 'plain' }, `show ${newest}`);
  open?.addEventListener('click', () => void showPair(newest ?? 0));
  return el(
    'tr',
    {},
    el('td', {}, kind),
    el('td', { className: 'mono' }, path),
    el('td', { className: 'number' }, count),
    el('td', {}, open),
  );
}
