/** The shipped table with some of its rows changed, in a file of its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './python.js';

export interface TableEdits {
  /** Default: as shipped. */
  readonly profile?: 'open' | 'hardened';
  /** Whom rows let in, by id; in place of their `hardened`. Default: as shipped. */
  readonly access?: Readonly<Record<string, string>>;
  /** Of all rows. Default: as shipped. */
  readonly guard?: string;
  /** Rows that leave their group for this stage of their own, by id. */
  readonly stages?: Readonly<Record<string, string>>;
  /** Default: as shipped, legacy. */
  readonly socketsStage?: 'split' | 'engine';
}

export interface EditedTable {
  readonly file: string;
  remove(): Promise<void>;
}

export async function editedTable({
  profile = 'open',
  access = {},
  guard,
  stages = {},
  socketsStage,
}: TableEdits): Promise<EditedTable> {
  const shipped = await readFile(join(projectRoot, 'config', 'migration-table.yaml'), 'utf8');
  let text = replaced(shipped, /^profile: open$/m, `profile: ${profile}`);
  if (guard !== undefined) text = replaced(text, /^(defaults: \{.*) \}$/m, `$1, guard: ${guard} }`);
  for (const [id, whom] of Object.entries(access)) {
    const row = new RegExp(`^(  - \\{ id: ${id}, .*?)(?:, hardened: \\w+)? \\}$`, 'm');
    text = replaced(text, row, `$1, access: ${whom} }`);
  }
  for (const [id, stage] of Object.entries(stages))
    text = replaced(text, new RegExp(`^(  - \\{ id: ${id}, .*?)(?:group|stage): [\\w-]+`, 'm'), `$1stage: ${stage}`);
  if (socketsStage !== undefined) text = replaced(text, /^(sockets:\n {2}stage: )legacy$/m, `$1${socketsStage}`);
  const folder = await mkdtemp(join(tmpdir(), 'edited-table-'));
  const file = join(folder, 'migration-table.yaml');
  await writeFile(file, text);
  return { file, remove: () => rm(folder, { recursive: true }) };
}

function replaced(text: string, from: RegExp, to: string): string {
  if (!from.test(text)) throw new TypeError(`not in the table: ${from}`);
  return text.replace(from, to);
}
