/** All route rows by group, with what their evidence says. */
import type { Comparisons, Route, Summary, Table } from './answers.js';
import { asError, get } from './api.js';
import { type Child, el, stageChip, table } from './elements.js';
import { showRow } from './row-panel.js';

/** What the operator looks for; kept while views come and go. */
const sought = { text: '', which: 'all' };
const WHICH: Readonly<Record<string, string>> = {
  all: 'all rows',
  moved: 'that have moved',
  ready: 'ready for their next stage',
  mismatch: 'with mismatches',
};

export async function routesView(refresh: () => void): Promise<readonly Child[]> {
  const [of, comparisons] = await Promise.all([
    get<Table>('/routes'),
    // Rows are shown and flipped without evidence too.
    get<Comparisons>('/comparisons').catch(asError),
  ]);
  const summaries = new Map(comparisons instanceof Error ? [] : comparisons.rows.map((one) => [one.row, one]));
  const shown = of.routes.filter((route) => isSought(route, summaries.get(route.id)));
  return [
    tools(refresh),
    evidenceTrouble(comparisons),
    table(
      [
        'Row',
        'Serves',
        'Stage',
        'Lets in',
        { number: 'Compared' },
        { number: 'Agree' },
        { number: 'p50 legacy / engine' },
        'Next',
      ],
      byGroup(shown, of, summaries, refresh),
      'No row is like that.',
    ),
    el(
      'p',
      { className: 'quiet' },
      `${shown.length} of ${of.routes.length} rows of version ${of.version}; profile ${of.profile}.`,
    ),
  ];
}

function evidenceTrouble(comparisons: Comparisons | Error): HTMLElement | undefined {
  if (comparisons instanceof Error)
    return el('p', { className: 'warn' }, `No evidence is shown: ${comparisons.message}`);
  const { writable, problem, lost } = comparisons.store;
  if (writable) return undefined;
  return el('p', { className: 'bad' }, `Comparisons are not kept (${lost} lost): ${problem ?? 'no reason is known'}.`);
}

function tools(refresh: () => void): HTMLElement {
  const text = el('input', { type: 'search', value: sought.text, key: 'filter', placeholder: 'row, group or path' });
  text.addEventListener('input', () => {
    sought.text = text.value;
    refresh();
  });
  const options = Object.entries(WHICH).map(([value, name]) =>
    el('option', { value, selected: value === sought.which }, name),
  );
  const which = el('select', { key: 'which' }, ...options);
  which.addEventListener('change', () => {
    sought.which = which.value;
    refresh();
  });
  return el('div', { className: 'tools' }, el('label', {}, 'Find', text), el('label', {}, 'Rows', which));
}

function isSought(route: Route, summary: Summary | undefined): boolean {
  const words = [route.id, route.group ?? '', ...route.matches.map(({ rule }) => rule)].join(' ').toLowerCase();
  if (!words.includes(sought.text.trim().toLowerCase())) return false;
  if (sought.which === 'moved') return route.stage !== 'legacy';
  if (sought.which === 'ready') return summary?.ready === true && summary.next !== null && summary.conclusive > 0;
  return sought.which !== 'mismatch' || (summary?.counts.mismatch ?? 0) > 0;
}

function byGroup(
  routes: readonly Route[],
  of: Table,
  summaries: ReadonlyMap<string, Summary>,
  refresh: () => void,
): readonly HTMLElement[] {
  let group: string | null = null;
  return routes.flatMap((route) => {
    const heading = route.group !== null && route.group !== group ? [groupRow(route.group, of)] : [];
    group = route.group;
    return [...heading, routeRow(route, summaries.get(route.id), refresh)];
  });
}

function groupRow(group: string, of: Table): HTMLElement {
  const count = [...of.routes, ...of.sockets.events].filter((row) => row.group === group).length;
  return el(
    'tr',
    { className: 'group' },
    el(
      'th',
      { scope: 'rowgroup', colSpan: 2 },
      `Group ${group} `,
      el('span', { className: 'quiet' }, `${count} rows that flip as one`),
    ),
    el('td', { colSpan: 6 }, stageChip(of.groups[group]?.stage ?? 'legacy')),
  );
}

function routeRow(route: Route, summary: Summary | undefined, refresh: () => void): HTMLElement {
  const open = el('button', { type: 'button', className: 'plain mono', key: `row ${route.id}` }, route.id);
  open.addEventListener('click', () => void showRow(route.id, refresh));
  const rules = route.matches.map(({ methods, rule }) => el('div', {}, `${methods.join('|')} ${rule}`));
  return el(
    'tr',
    {},
    el('td', {}, open),
    el('td', { className: 'mono' }, ...(rules.length === 0 ? ['all other paths'] : rules)),
    el('td', {}, stageChip(route.stage, route.canary === null ? '' : ` ${route.canary.percent} %`), ...flags(route)),
    el('td', {}, route.access),
    el('td', { className: 'number' }, summary === undefined || summary.conclusive === 0 ? '' : summary.conclusive),
    el('td', { className: `number ${(summary?.counts.mismatch ?? 0) > 0 ? 'bad' : ''}` }, agreement(summary)),
    el('td', { className: 'number' }, latencies(summary)),
    el('td', { className: 'nowrap' }, nextStep(summary)),
  );
}

function flags({ breaker, heldUntil, notServed }: Route): readonly HTMLElement[] {
  return [
    ...(heldUntil === null ? [] : [el('div', { className: 'bad' }, 'held back')]),
    ...(breaker === 'closed' ? [] : [el('div', { className: 'bad' }, `breaker ${breaker}`)]),
    ...(notServed === null || notServed.length === 0
      ? []
      : [el('div', { className: 'quiet' }, 'not served by the engine')]),
  ];
}

function agreement(summary: Summary | undefined): string {
  if (summary === undefined || summary.matchRate === null) return '';
  const { share, low } = summary.matchRate;
  return `${percent(share)} (at least ${percent(low)})`;
}

function latencies(summary: Summary | undefined): string {
  const [legacy, engine] = [summary?.latency.legacy.p50 ?? null, summary?.latency.engine.p50 ?? null];
  return legacy === null || engine === null ? '' : `${legacy.toFixed(1)} / ${engine.toFixed(1)} ms`;
}

function nextStep(summary: Summary | undefined): HTMLElement | string {
  if (summary === undefined || summary.next === null) return '';
  if (summary.ready)
    return el('span', { className: summary.conclusive > 0 ? 'good' : 'quiet' }, `may go to ${summary.next}`);
  return el(
    'span',
    { className: 'quiet', title: summary.missing.join('\n') },
    `${summary.next}: lacks ${summary.missing.length}`,
  );
}

/** Never rounded up to all. */
function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}
