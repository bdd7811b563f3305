/**
 * Begins something on many hosts, some at a time, and lets others have their turn in between. What fails before any host was told fails
 * whole; after that nobody may be made to ask again for those that have begun, so that the hosts that are left are named instead.
 */
import { EngineError } from '../../domain/engine-error.js';
import { HOSTS_AT_ONCE } from './dispatch-occurrence.js';
import { giveWay } from './give-way.js';

export interface BegunOnHosts<T> {
  readonly started: readonly T[];
  /** Hosts on which nothing was begun or noted: the database could not be written any more. */
  readonly refused: readonly string[];
}

/**
 * @param begin notes some hosts in one transaction, then tells them
 * @throws EngineError what `begin` throws for the first of them
 */
export async function beginOnHosts<T>(
  hostnames: readonly string[],
  begin: (hostnames: readonly string[]) => Promise<readonly T[]>,
): Promise<BegunOnHosts<T>> {
  const started: T[] = [];
  for (let at = 0; at < hostnames.length; at += HOSTS_AT_ONCE) {
    if (at > 0) await giveWay();
    try {
      for (const one of await begin(hostnames.slice(at, at + HOSTS_AT_ONCE))) started.push(one);
    } catch (error) {
      const isDatabase =
        error instanceof EngineError && (error.code === 'database_busy' || error.code === 'database_unavailable');
      if (at === 0 || !isDatabase) throw error;
      return { started, refused: hostnames.slice(at) };
    }
  }
  return { started, refused: [] };
}
