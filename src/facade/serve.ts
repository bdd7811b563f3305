/** Runs the facade until it is told to stop: what `facade start` does. */

import { createLog } from './logging/create-log.js';
import type { FacadeSettings } from './settings/settings.js';
import { unknownVariables } from './settings/unknown-variables.js';
import { startFacade } from './start-facade.js';

/** The process as `serve` sees it. */
export interface ServeProcess {
  readonly env: NodeJS.ProcessEnv;
  readonly stderr: NodeJS.WritableStream;
  readonly version: string;
  /** The engine's main module, and Node's flags to run it with. */
  readonly engineEntry: { readonly path: string; readonly execArgv: readonly string[] };
  readonly temporaryDirectory: string;
  /** Resolves with the name of the signal that asks the facade to stop. */
  readonly stopSignal: Promise<string>;
}

/**
 * Resolves when everything is closed.
 * @throws what `startFacade` throws
 */
export async function serve(settings: FacadeSettings, surroundings: ServeProcess): Promise<void> {
  const log = createLog({ ...settings.log, monotonic: () => performance.now(), stderr: surroundings.stderr });
  for (const warning of unknownVariables(surroundings.env)) log.warn('settings', { warning });
  try {
    const facade = await startFacade(settings, {
      ...surroundings,
      log,
      engineEnv: engineEnvironment(surroundings.env),
    });
    log.info('facade-stopping', { signal: await surroundings.stopSignal });
    await facade.close();
    log.info('facade-stopped');
  } finally {
    await log.close();
  }
}

/** The engine inherits the environment, but none of the facade's own settings: its admin token is not its business. */
function engineEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FACADE_')));
}
