/** What the engine is ordered about its relay to the legacy, by the table in force. */
import { resolve } from 'node:path';
import type { LegacyAddress } from '../../legacy-bridge/dialling/legacy-address.js';
import type { RelayMode, RelayOrder } from '../../legacy-bridge/realtime/relay-protocol.js';
import type { TableSnapshot } from '../table/table-snapshot.js';

export function relayOrder(table: TableSnapshot, legacy: LegacyAddress): RelayOrder {
  // The engine's working directory is its own.
  const ca = legacy.ca === '' ? '' : resolve(legacy.ca);
  const { url, pin, serverName } = legacy;
  return { mode: relayMode(table), legacy: { url, ca, pin, serverName } };
}

/**
 * From stage `engine` on, as long as there is a legacy. Clients that came to the engine's own server then stay there after a flip back,
 * until they end or are drained.
 */
function relayMode({ sockets, routes, defaultRow }: TableSnapshot): RelayMode {
  const isLegacyGone = [...routes, defaultRow].every(({ stage }) => stage === 'retired');
  if (!sockets.relay || isLegacyGone) return 'off';
  return sockets.stage === 'engine' ? 'on' : 'while-clients';
}
