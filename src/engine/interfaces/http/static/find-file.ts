/** Finds the file that a path names below the static folder, and never one outside of it. */
import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, posix, sep } from 'node:path';

export interface StaticFile {
  readonly path: string;
  readonly name: string;
  readonly stats: BigIntStats;
}

/**
 * @param folder the static folder
 * @param relative decoded path below it, without a leading slash; may hold dots and anything else
 * @returns undefined when there is no such file, when it is no ordinary file, and when it lies outside, by whatever spelling or link
 */
export async function findFile(folder: string, relative: string): Promise<StaticFile | undefined> {
  const inside = safeRelative(relative);
  if (inside === undefined) return undefined;
  const path = join(folder, inside);
  try {
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile() || !(await liesWithin(folder, path))) return undefined;
    return { path, name: posix.basename(inside), stats };
  } catch (error) {
    // Names that are too long or pass through a file are names that nothing has.
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES'].includes(code)) return undefined;
    throw error;
  }
}

/** The path without dots, when it stays below its start. */
function safeRelative(relative: string): string | undefined {
  if (relative.includes('\0') || (sep === '\\' && /[\\:]/.test(relative))) return undefined;
  const plain = posix.normalize(relative);
  if (plain === '..' || plain.startsWith('../') || isAbsolute(normalize(plain)) || plain.endsWith('/'))
    return undefined;
  return plain;
}

/** A build folder may itself be a link; a file in it may not lead out. */
async function liesWithin(folder: string, path: string): Promise<boolean> {
  const root = await realpath(folder);
  const real = await realpath(path);
  return real.startsWith(root.endsWith(sep) ? root : root + sep) && (await lstat(real)).isFile();
}
