/**
 * A build of the product with faults planted into its engine: a copy of the sources in which named texts are replaced. The
 * product itself needs no seams for it.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './python.js';

/** One change of one file; the text must be there exactly once, so that a plant can't silently come to nothing. */
export interface Plant {
  /** Below `src`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface PlantedBuild {
  /** Folder that stands for `src`. */
  readonly sources: string;
  remove(): Promise<void>;
}

/** Inside the project, so that its packages are found; git ignores the folder. */
export async function plantedBuild(plants: readonly Plant[]): Promise<PlantedBuild> {
  const runs = join(projectRoot, '.run');
  await mkdir(runs, { recursive: true });
  const folder = await mkdtemp(join(runs, 'planted-'));
  const sources = join(folder, 'src');
  await cp(join(projectRoot, 'src'), sources, { recursive: true });
  for (const file of ['package.json', 'tsconfig.json']) await cp(join(projectRoot, file), join(folder, file));
  for (const { file, find, replace } of plants) {
    const path = join(sources, file);
    const text = await readFile(path, 'utf8');
    const found = text.split(find).length - 1;
    if (found !== 1) throw new Error(`${file} holds the text to be replaced ${found} times, not once: ${find}`);
    await writeFile(
      path,
      text.replace(find, () => replace),
    );
  }
  return { sources, remove: () => rm(folder, { recursive: true, force: true }) };
}
