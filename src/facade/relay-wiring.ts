/** Orders the engine's relay to the legacy, where the facade supervises that engine: one that stands alone goes by its own settings. */
import type { ClosingStack } from './closing-stack.js';
import type { EngineSupervisor } from './engine-process/engine-supervisor.js';
import { RelayKeeper } from './engine-process/relay-keeper.js';
import { tellRelayOrder } from './engine-process/tell-relay-order.js';
import { reasonOf } from './forwarding/ask-side.js';
import type { SideTarget } from './forwarding/side-target.js';
import type { Log } from './logging/log.js';
import type { RelayView } from './metrics/relay-view.js';
import type { FacadeSettings } from './settings/settings.js';
import { relayOrder } from './sockets/relay-order.js';
import type { MigrationTableStore } from './table/migration-table-store.js';

export interface RelayParts {
  readonly settings: FacadeSettings;
  readonly table: MigrationTableStore;
  readonly supervisor: EngineSupervisor | undefined;
  readonly engine: SideTarget | undefined;
  readonly log: Log;
}

/** @returns how it is now */
export function openRelay(parts: RelayParts, opened: ClosingStack): () => RelayView | undefined {
  const { settings, table, supervisor, engine, log } = parts;
  if (supervisor === undefined || engine === undefined) return () => undefined;
  const keeper = new RelayKeeper({ tell: (order) => tellRelayOrder(engine, order), reasonOf, log });
  opened.add(keeper, (open) => open.close());
  keeper.order(relayOrder(table.current(), settings.legacy));
  table.onChange((next) => keeper.order(relayOrder(next, settings.legacy)));
  supervisor.onChange(({ state }) => keeper.engineChanged(state === 'ready'));
  return () => ({ wanted: keeper.mode, state: keeper.state() });
}
