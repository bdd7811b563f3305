/** What was done, by whom and why; and the way back to any version. */
import type { AuditEntry, Version } from './answers.js';
import { act, get } from './api.js';
import { type Child, el, localTime, show, table } from './elements.js';
import { changes, flipped, refused } from './flip-form.js';
import { openPanel } from './panel.js';

export async function historyView(refresh: () => void): Promise<readonly Child[]> {
  const { entries } = await get<{ entries: readonly AuditEntry[] }>('/audit?limit=200');
  const rows = entries.map(({ at, who, action, detail, why, version }) => {
    const open =
      version === undefined
        ? ''
        : el('button', { type: 'button', className: 'plain', key: `version ${version}` }, `version ${version}`);
    if (open !== '') open.addEventListener('click', () => void showVersion(version ?? 0, refresh));
    return el('tr', {}, ...[localTime(at), who, action, detail, why, open].map((cell) => el('td', {}, cell)));
  });
  return [table(['When', 'Who', 'What', 'Touched', 'Why', 'Version'], rows, 'Nothing was done yet.')];
}

async function showVersion(number: number, refresh: () => void): Promise<void> {
  const content = openPanel(`Version ${number}`, 'Loading …');
  try {
    const version = await get<Version>(`/versions/${number}`);
    show(
      content,
      el('p', {}, `${localTime(version.at)}, ${version.who}: ${version.why}`),
      changes('Changed', version.changes),
      el('pre', {}, version.diff),
      restoreForm(number, refresh),
    );
  } catch (error) {
    show(content, refused(error));
  }
}

function restoreForm(to: number, refresh: () => void): HTMLElement {
  const why = el('textarea', { required: true, rows: 2, maxLength: 1000 });
  const force = el('input', { type: 'checkbox' });
  const forced = el(
    'label',
    { className: 'inline', hidden: true },
    force,
    'Do it all the same (force). The audit keeps that.',
  );
  const outcome = el('div', { aria: { live: 'polite' } });
  const submit = el('button', { type: 'submit', className: 'act' }, `Make the table as it was in version ${to}`);
  const form = el(
    'form',
    { className: 'form' },
    el('label', {}, 'Why (kept in the audit)', why),
    forced,
    submit,
    outcome,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit.disabled = true;
    act<Version>('/rollback', { to, why: why.value.trim(), ...(force.checked ? { force: true } : {}) })
      .then((made) => {
        show(outcome, flipped(made));
        refresh();
      })
      .catch((error: unknown) => {
        show(outcome, refused(error));
        forced.hidden = false;
        submit.disabled = false;
      });
  });
  return form;
}
