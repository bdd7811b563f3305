/** Finds the installation that the engine belongs to when no variable names it. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The nearest folder from `start` upwards that holds `Borealis.ps1` or `.git`; `start` itself when none does. */
export function findProjectRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'Borealis.ps1')) || existsSync(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return start;
  }
}

/** `<x>/Data` and `<x>/Data/Engine` are folders of the source tree: the root is `<x>` (engine-facts 1.1). */
export function withoutSourceFolders(root: string): string {
  const parent = dirname(root);
  if (basename(root).toLowerCase() === 'data') return parent;
  if (basename(root).toLowerCase() === 'engine' && basename(parent).toLowerCase() === 'data') return dirname(parent);
  return root;
}
