/** Where the files lie that both sides share and the facade reads: by its settings, in the legacy's layout. Pure. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type LegacyLayout, legacyLayout } from '../../legacy-bridge/layout/legacy-layout.js';
import type { FacadeSettings } from '../settings/settings.js';

export interface SharedPlaces {
  readonly layout: LegacyLayout;
  readonly databaseFile: string;
}

/** Undefined when the settings name no root: then nothing is guessed. */
export function sharedPlaces({ shared }: Pick<FacadeSettings, 'shared'>): SharedPlaces | undefined {
  const [projectRoot, root] = [shared.projectRoot || shared.root, shared.root || shared.projectRoot].map(absolute);
  if (projectRoot === undefined || root === undefined) return undefined;
  return {
    layout: legacyLayout(projectRoot, {
      serverRoot: absolute(shared.serverRoot),
      certificatesRoot: absolute(shared.certificates),
    }),
    databaseFile: absolute(shared.database) ?? join(root, 'database.db'),
  };
}

/** The same places in the words that the engine reads, for what was set by file or flag. */
export function sharedEnvironment({ shared }: Pick<FacadeSettings, 'shared'>): Readonly<Record<string, string>> {
  const named = {
    BOREALIS_PROJECT_ROOT: shared.projectRoot,
    BOREALIS_ROOT: shared.root,
    BOREALIS_DATABASE_PATH: shared.database,
    BOREALIS_SERVER_ROOT: shared.serverRoot,
    BOREALIS_CERT_ROOT: shared.certificates,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== ''));
}

/** Against the working directory; `~` means the home folder, as the engine reads it. */
function absolute(path: string): string | undefined {
  if (path === '') return undefined;
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(path);
}
