/** The shipped table with every row that the engine serves at shadow, in a file of its own. The other rows stay at legacy. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EditedTable } from './edited-table.js';
import { projectRoot } from './python.js';

/** Groups of which the engine serves every row. */
const GROUPS = ['enrollment', 'enrollment-admin', 'device-calls', 'operator-session', 'web'] as const;
/** Rows of no group, and those whose group has others that only the legacy serves. */
const ROWS = ['health', 'server-time', 'token-refresh', 'agents', 'agent', 'agent-hash', 'agent-hash-list'] as const;

export async function shadowTable(): Promise<EditedTable> {
  const shipped = await readFile(join(projectRoot, 'config', 'migration-table.yaml'), 'utf8');
  let text = shipped;
  for (const group of GROUPS)
    text = replaced(text, new RegExp(`^  ${group}: \\{ stage: legacy \\}$`, 'm'), `  ${group}: { stage: shadow }`);
  for (const id of ROWS)
    text = replaced(
      text,
      new RegExp(`^(  - \\{ id: ${id}, +match: [^,]+, +)(?:stage: legacy|group: registry)`, 'm'),
      '$1stage: shadow',
    );
  // The engine lists sites, and adds none yet.
  text = replaced(
    text,
    /^ {2}- \{ id: sites, .*\}$/m,
    '  - { id: sites, match: GET /api/sites, stage: shadow }\n  - { id: site-create, match: POST /api/sites, group: site-tree }',
  );
  const folder = await mkdtemp(join(tmpdir(), 'shadow-table-'));
  const file = join(folder, 'migration-table.yaml');
  await writeFile(file, text);
  return { file, remove: () => rm(folder, { recursive: true }) };
}

function replaced(text: string, from: RegExp, to: string): string {
  if (!from.test(text)) throw new TypeError(`not in the table: ${from}`);
  return text.replace(from, to);
}
