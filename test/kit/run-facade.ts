/** Runs the command `facade` as an operator does, in the environment of a running facade. */
import { execFile } from 'node:child_process';
import type { FacadeProcess } from './facade-process.js';
import { productEntry } from './product-entry.js';
import type { SampleLegacy } from './sample-legacy.js';

export interface FacadeRun {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export function runFacade(
  { facade, legacy }: { readonly facade: FacadeProcess; readonly legacy: SampleLegacy },
  args: readonly string[],
): Promise<FacadeRun> {
  // The settings that the facade was started with; the admin port is the one bound.
  const env = {
    ...process.env,
    FACADE_ADMIN_PORT: new URL(facade.adminAddress).port,
    FACADE_STATE_DIRECTORY: facade.stateDirectory,
    FACADE_TABLE_FILE: facade.tableFile,
    FACADE_LEGACY_URL: legacy.url,
    BOREALIS_PROJECT_ROOT: legacy.root,
    BOREALIS_DATABASE_PATH: legacy.databaseFile,
  };
  const { execArgv, file } = productEntry('facade');
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...execArgv, file, ...args], { env }, (_error, out, err) =>
      resolve({ exit: child.exitCode ?? -1, out, err }),
    );
  });
}
