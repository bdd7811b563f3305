/** One comparison that is kept whole: both answers and both effects side by side. Secrets were taken out before it was kept. */
import type { KeptOutcome, Pair } from './answers.js';
import { get } from './api.js';
import { type Child, el, list, localTime, show } from './elements.js';
import { indentJson } from './indent-json.js';
import { refused } from './outcome.js';
import { openPanel } from './panel.js';

/** @param back to what it was opened from */
export async function showPair(id: number, back: () => void): Promise<void> {
  const content = openPanel(`Comparison ${id}`, 'Loading …');
  const again = el('button', { type: 'button' }, 'Back');
  again.addEventListener('click', back);
  const shown = await get<Pair>(`/pairs/${id}`)
    .then(describe)
    .catch((error: unknown) => [refused(error)]);
  show(content, again, ...shown);
}

function describe({ row, at, verdict, method, target, differences, pair }: Pair): readonly Child[] {
  const { request, legacy, engine, effects, result, leftOut = [] } = pair;
  const why = result?.reason === undefined ? '' : `: ${result.reason}`;
  const passed = result?.passed ?? [];
  return [
    el(
      'p',
      {},
      el('code', {}, `${method} ${target}`),
      ` · row ${row} · ${localTime(at)} · `,
      el('strong', {}, `${verdict}${why}`),
    ),
    differences.length === 0
      ? el('p', { className: 'quiet' }, 'No differences that count.')
      : list(
          differences.map(({ kind, path }) => `${kind}: ${path}`),
          'mono',
        ),
    leftOut.length > 0 && list(leftOut, 'quiet'),
    ...(request === undefined ? [] : [el('h3', {}, 'Request'), el('pre', {}, inWords(request))]),
    el('h3', {}, 'Answers'),
    sides(told(legacy), told(engine)),
    ...(effects === undefined || effects === null
      ? []
      : [el('h3', {}, 'Effects'), sides(pretty(effects.legacy?.effects), pretty(effects.engine))]),
    ...(passed.length === 0 ? [] : [el('h3', {}, 'Passed over, and why'), el('pre', {}, pretty(passed))]),
  ];
}

function sides(legacy: string, engine: string): HTMLElement {
  return el(
    'div',
    { className: 'sides' },
    el('div', {}, 'Legacy', el('pre', {}, legacy)),
    el('div', {}, 'Engine', el('pre', {}, engine)),
  );
}

function told(of: KeptOutcome | undefined): string {
  if (of === undefined) return '-';
  if (of.answer === undefined) return `${of.outcome}${of.code === undefined ? '' : `: ${of.code}`}`;
  return `${of.answer.status}\n${inWords(of.answer)}`;
}

/** Headers and body as HTTP has them. */
function inWords({ headers, body }: NonNullable<Pair['pair']['request']>): string {
  const cut = body.cut === true ? `\n… (of ${body.size} bytes)` : '';
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [...lines, '', `${bodyText(body.text, body.form, body.size)}${cut}`].join('\n');
}

function bodyText(text: string | undefined, form: string, size: number): string {
  if (text === undefined) return `${form}, ${size} bytes`;
  return indentJson(text);
}

function pretty(value: unknown): string {
  return value === undefined ? '-' : JSON.stringify(value, undefined, 2);
}
