/**
 * How tests start the product's own processes: `scripts/test` has just built it and says so, which saves each process a second of
 * compiling; a test that is run by itself starts the sources, which are never out of date.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './python.js';

/** By URL, since processes run in other folders. */
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface ProductEntry {
  /** What Node takes before the file. */
  readonly execArgv: readonly string[];
  readonly file: string;
}

export interface EntryChoice {
  /** Folder in place of `src`. */
  readonly sources?: string | undefined;
  /** Default: what `scripts/test` says. Never with `sources`. */
  readonly built?: boolean | undefined;
}

export function productEntry(part: 'facade' | 'engine', { sources, built }: EntryChoice = {}): ProductEntry {
  const useBuilt = sources === undefined && (built ?? process.env.TEST_BUILT_PRODUCT === '1');
  return useBuilt
    ? { execArgv: [], file: join(projectRoot, 'dist', part, 'main.js') }
    : { execArgv: ['--import', TSX], file: join(sources ?? join(projectRoot, 'src'), part, 'main.ts') };
}
