/** What the facade did or refused, in its own words. */
import type { Change, Version } from './answers.js';
import { Refusal } from './api.js';
import { el, list } from './elements.js';

/** With all that is wrong. */
export function refused(error: unknown): HTMLElement {
  const said = error instanceof Error ? error.message : String(error);
  const code = error instanceof Refusal ? el('span', { className: 'mono' }, ` (${error.code})`) : undefined;
  const problems = error instanceof Refusal && error.problems.length > 0 ? list(error.problems) : undefined;
  return el('div', { className: 'bad' }, said, code, problems);
}

/** What a flip or a way back has done, and what to mind now. Can have the focus, so that it is read out. */
export function flipped({ version, changes: made, warnings = [] }: Version): HTMLElement {
  return el(
    'div',
    { tabIndex: -1 },
    el('p', { className: 'good' }, `Version ${version} is in force.`),
    changes('Changed', made),
    ...warnings.map((text) => el('p', { className: 'warn' }, `Mind: ${text}.`)),
  );
}

export function changes(title: string, of: readonly Change[]): HTMLElement {
  return el(
    'div',
    {},
    `${title}: `,
    of.length === 0 ? 'nothing' : list(of.map(({ id, from, to }) => `${id}: ${from} → ${to}`)),
  );
}
