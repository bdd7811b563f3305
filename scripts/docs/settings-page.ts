import { listSettings, type SettingInfo } from '../../src/facade/cli/setting-list.js';
import { code, page, table } from './markdown.js';

export function settingsPage(): string {
  const bySection = groupBySection(listSettings());
  const sections = [...bySection].map(([section, settings]) => {
    const rows = settings.map(({ path, default: usual, choices, env, flag, doc }) => [
      code(path),
      usual === '' ? '(empty)' : code(usual),
      code(env),
      code(`--${flag}`),
      choices.length === 0 ? doc : `${doc} One of ${choices.map(code).join(', ')}.`,
    ]);
    const heads = ['setting', 'default', 'environment', 'flag of `facade start`', 'meaning'];
    return `${section === '' ? '## General' : `## ${section}`}\n\n${table(heads, rows)}`;
  });
  return page(
    'Settings',
    'Of the facade, read once at start: from `config/facade.yaml` (or the file that `--config` names), then from the environment, then from flags; the last one that names a value wins. Unknown fields are refused, and every problem is listed; variables `FACADE_…` that are no settings are told in the log. Paths count from the working directory. `facade` commands read the same settings to find the running facade. For those of the engine see [engine-settings.md](engine-settings.md).',
    ...sections,
  );
}

/** Those without a section come under the empty name. */
function groupBySection(settings: readonly SettingInfo[]): ReadonlyMap<string, readonly SettingInfo[]> {
  const sections = new Map<string, SettingInfo[]>();
  for (const setting of settings) {
    const section = setting.path.includes('.') ? setting.path.replace(/\..*/, '') : '';
    sections.set(section, [...(sections.get(section) ?? []), setting]);
  }
  return sections;
}
