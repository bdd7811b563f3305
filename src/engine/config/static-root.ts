/** Finds the folder of the built single-page application. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Candidates below the root, the most preferred first (engine-facts 1.2; the legacy's own three, assemblies-and-runs 12,
 * are among them for a server whose source folder is `Data/Server`).
 */
export const STATIC_CANDIDATES: readonly string[] = [
  'Engine/web-interface/build',
  'Engine/web-interface/dist',
  'Engine/web-interface',
  'Data/Engine/WebUI/build',
  'Data/Engine/WebUI',
  'Server/web-interface/build',
  'Server/web-interface',
  'Server/Borealis/WebUI/build',
  'Server/WebUI/build',
  'Server/WebUI',
  'Data/Server/web-interface/build',
  'Data/Server/web-interface',
  'Data/Server/WebUI/build',
  'Data/Server/WebUI',
  'Data/web-interface/build',
  'Data/WebUI/build',
  'Data/WebUI',
];

/** The first compiled folder, else the first that exists, else the first candidate (where everything is then 404). */
export function findStaticRoot(root: string): string {
  const folders = STATIC_CANDIDATES.map((candidate) => join(root, candidate));
  const existing = folders.filter(isFolder);
  return existing.find(looksCompiled) ?? existing[0] ?? join(root, STATIC_CANDIDATES[0] ?? '');
}

/** Sources of the application are not to be served in place of a build that lies further down the list. */
function looksCompiled(folder: string): boolean {
  const has = (name: string): boolean => existsSync(join(folder, name));
  if (!has('index.html')) return false;
  return has('assets') || has('manifest.json') || has('.vite/manifest.json') || !(has('src') || has('package.json'));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
