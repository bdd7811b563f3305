/** The log of a dry run: every line is marked, and none is a warning, since nobody was served. */
import type { EngineLog } from '../../logging/engine-log.js';

export function dryRunLog(log: EngineLog): EngineLog {
  const info = (message: string): void => log.info(`dry-run ${message}`);
  return { debug: (message) => log.debug(`dry-run ${message}`), info, warn: info, error: info };
}
