/** Who would answer a request, and why. Sends nothing to either side. */
import type { Decision } from './answers.js';
import { ask } from './api.js';
import { type Child, el, show, stageChip } from './elements.js';
import { refused } from './outcome.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export function explainView(): readonly Child[] {
  const method = el('select', {}, ...METHODS.map((name) => el('option', {}, name)));
  const path = el('input', { required: true, value: '/', size: 50, spellcheck: false });
  const headers = el('textarea', { rows: 3, cols: 60, placeholder: 'Authorization: Bearer …', spellcheck: false });
  const outcome = el('div', { aria: { live: 'polite' } });
  const form = el(
    'form',
    { className: 'form' },
    el('div', { className: 'tools' }, el('label', {}, 'Method', method), el('label', {}, 'Path', path)),
    el('label', {}, 'Headers, one a line (by them canaries and access are decided)', headers),
    el('div', {}, el('button', { type: 'submit', className: 'act' }, 'Explain')),
    outcome,
  );
  /** Of the newest question: an older one's late answer is not shown for it. */
  let asked = 0;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    asked += 1;
    const own = asked;
    void ask<Decision>('/explain', { method: method.value, path: path.value, headers: parseHeaders(headers.value) })
      .then(describe)
      .catch((error: unknown) => [refused(error)])
      .then((shown) => own === asked && show(outcome, ...shown));
  });
  return [form];
}

function parseHeaders(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

function describe({ side, reason, row, stage, mayFallBack, access }: Decision): readonly HTMLElement[] {
  return [
    el('p', {}, 'The ', el('strong', {}, side), ' answers. ', reason),
    el(
      'p',
      { className: 'quiet' },
      `Row ${row ?? 'none'} `,
      stage === null ? '' : stageChip(stage),
      mayFallBack ? ' The legacy may answer in its place.' : '',
    ),
    ...(access === null ? [] : [el('p', {}, `It demands ${access.demands}: ${access.outcome}. ${access.why}`)]),
  ];
}
