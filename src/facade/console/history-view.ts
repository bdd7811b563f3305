/** What was done, by whom and why; and the way back to any version. */
import { actForm } from './act-form.js';
import type { AuditEntry, Version } from './answers.js';
import { act, get } from './api.js';
import { type Child, el, localTime, show, table } from './elements.js';
import { changes, flipped, refused } from './outcome.js';
import { openPanel } from './panel.js';

const SHOWN = 200;

export async function historyView(refresh: () => void): Promise<readonly Child[]> {
  const { entries } = await get<{ entries: readonly AuditEntry[] }>(`/audit?limit=${SHOWN}`);
  const rows = entries.map(({ at, who, action, detail, why, version }) => {
    const open =
      version === undefined
        ? ''
        : el('button', { type: 'button', className: 'plain', key: `version ${version}` }, `version ${version}`);
    if (open !== '') open.addEventListener('click', () => void showVersion(version ?? 0, refresh));
    return el('tr', {}, ...[localTime(at), who, action, detail, why, open].map((cell) => el('td', {}, cell)));
  });
  return [
    table(['When', 'Who', 'What', 'Touched', 'Why', 'Version'], rows, 'Nothing was done yet.'),
    entries.length < SHOWN
      ? undefined
      : el('p', { className: 'quiet' }, `The newest ${SHOWN} are shown; for more: facade audit --limit N.`),
  ];
}

async function showVersion(number: number, refresh: () => void): Promise<void> {
  const content = openPanel(`Version ${number}`, 'Loading …');
  try {
    const version = await get<Version>(`/versions/${number}`);
    show(
      content,
      el('p', {}, `${localTime(version.at)}, ${version.who}: ${version.why}`),
      changes('This version changed', version.changes),
      el('pre', {}, version.diff),
      restoreForm(number, refresh),
    );
  } catch (error) {
    show(content, refused(error));
  }
}

function restoreForm(to: number, refresh: () => void): HTMLElement {
  const { form } = actForm(
    {
      title: `Back to version ${to}`,
      verb: `Make the table as it was in version ${to}`,
      act: (asked) => act<Version>('/rollback', { to, ...asked }),
      refresh,
      onDone: (version) => {
        const said = flipped(version);
        form.replaceWith(said);
        said.focus();
      },
    },
    [],
    [],
  );
  return form;
}
