#!/usr/bin/env -S npx tsx
// Writes the reference under docs/ and the Grafana dashboard from the code that they describe. With --check it writes nothing, and exits with 1
// when a page is not what the code says.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { completionScript, SHELLS } from '../src/facade/cli/completion.js';
import { adminApiPage } from './docs/admin-api-page.js';
import { cliPage } from './docs/cli-page.js';
import { errorsPage } from './docs/errors-page.js';
import { grafanaDashboard } from './docs/grafana-dashboard.js';
import { metricsPage } from './docs/metrics-page.js';
import { documentedProgram } from './docs/program.js';
import { settingsPage } from './docs/settings-page.js';

const DOCS = join(import.meta.dirname, '../docs');

const pages: readonly (readonly [file: string, text: string])[] = [
  ['reference/settings.md', settingsPage()],
  ['reference/cli.md', cliPage()],
  ['reference/admin-api.md', adminApiPage()],
  ['reference/metrics.md', metricsPage()],
  ['reference/errors.md', errorsPage()],
  ['../config/grafana/facade.json', grafanaDashboard()],
  ...SHELLS.map((shell) => [`completion/facade.${shell}`, completionScript(shell, documentedProgram())] as const),
];

const stale = pages
  .map(([file, text]) => ({ file: join(DOCS, file), text }))
  .filter(({ file, text }) => read(file) !== text);
const check = process.argv.includes('--check');
for (const { file, text } of stale) {
  const name = relative(join(DOCS, '..'), file);
  if (check) {
    console.error(`${name} is not what the code says: run "npm run docs"`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`${name} written`);
  }
}
if (check && stale.length > 0) process.exitCode = 1;

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // Not made yet.
  }
}
