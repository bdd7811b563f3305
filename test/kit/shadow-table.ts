/** The shipped table with every row at shadow that the engine serves, in a file of its own; the others stay at legacy. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EditedTable } from './edited-table.js';
import { projectRoot } from './python.js';

/** Groups of which the engine serves every row. */
const GROUPS = ['enrollment', 'enrollment-admin', 'device-calls', 'operator-session', 'recaps', 'web'] as const;
const ROWS = ['health', 'server-time', 'token-refresh', 'device-activity', 'device-activity-job'] as const;

export async function shadowTable(): Promise<EditedTable> {
  let text = await readFile(join(projectRoot, 'config', 'migration-table.yaml'), 'utf8');
  for (const group of GROUPS)
    text = replaced(text, new RegExp(`^(  ${group}: \\{ stage:) legacy \\}$`, 'm'), '$1 shadow }');
  for (const id of ROWS)
    text = replaced(text, new RegExp(`^(  - \\{ id: ${id}, .*stage:) legacy\\b`, 'm'), '$1 shadow');
  text = replaced(text, /^( {2}registry:\n {4}stage:) legacy$/m, '$1 shadow');
  text = replaced(text, /^( {2}scheduling:\n {4}stage:) legacy$/m, '$1 shadow');
  // The engine lists sites, and adds none yet.
  const [list, add] = [
    '{ id: sites, match: GET /api/sites, stage: shadow }',
    '{ id: site-create, match: POST /api/sites, group: site-tree }',
  ];
  text = replaced(text, /^ {2}- \{ id: sites, .*\}$/m, `  - ${list}\n  - ${add}`);
  const folder = await mkdtemp(join(tmpdir(), 'shadow-table-'));
  const file = join(folder, 'migration-table.yaml');
  await writeFile(file, text);
  return { file, remove: () => rm(folder, { recursive: true }) };
}

function replaced(text: string, from: RegExp, to: string): string {
  if (!from.test(text)) throw new TypeError(`not in the table: ${from}`);
  return text.replace(from, to);
}
