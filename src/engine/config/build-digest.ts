/** Which build of the engine this is, told by its code: evidence about one build says nothing of another. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** All code that an engine runs, besides its dependencies: this tree, and what it shares with the facade. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TREES = ['engine', 'legacy-bridge'] as const;
const CODE = /\.(?:js|ts|sql|json)$/;

/**
 * Read once, when it is first asked for: the files may be replaced while this process runs on.
 * @returns first 16 hex digits of SHA-256 over the code's file names and contents
 */
export function buildDigest(): Promise<string> {
  known ??= readDigest();
  return known;
}

let known: Promise<string> | undefined;

async function readDigest(): Promise<string> {
  const files = (await Promise.all(TREES.map(codeBelow))).flat().sort();
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`\n${relative(ROOT, file)}\n`);
    hash.update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function codeBelow(tree: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, tree), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && CODE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
