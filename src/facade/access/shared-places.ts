/** Where the files lie that both sides share and the facade reads: by its settings, in the legacy's layout. Pure. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type LegacyLayout, legacyLayout } from '../../legacy-bridge/layout/legacy-layout.js';
import type { FacadeSettings } from '../settings/settings.js';

export interface SharedPlaces {
  readonly layout: LegacyLayout;
  readonly databaseFile: string;
}

/**
 * @param env for the names of places that have no setting, and the earlier rewrite's names, which the engine reads too
 * @returns undefined when no root is named: then nothing is guessed
 */
export function sharedPlaces(
  { shared }: Pick<FacadeSettings, 'shared'>,
  env: Readonly<Record<string, string | undefined>>,
): SharedPlaces | undefined {
  const [projectRoot, root] = [shared.projectRoot || shared.root, shared.root || shared.projectRoot].map(absolute);
  if (projectRoot === undefined || root === undefined) return undefined;
  return {
    layout: legacyLayout(projectRoot, {
      serverRoot: absolute(shared.serverRoot || env.BOREALIS_ENGINE_ROOT),
      certificatesRoot: absolute(shared.certificates || env.BOREALIS_CERTIFICATES_ROOT),
      serverCertificates: absolute(env.BOREALIS_SERVER_CERT_ROOT),
      tlsBundleFile: absolute(env.BOREALIS_TLS_BUNDLE),
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
function absolute(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(path);
}
