/** The engine's relay to the legacy as an operator sees it: what is wanted, and what the engine says. */
import type { RelayMode, RelayState } from '../../legacy-bridge/realtime/relay-protocol.js';

export interface RelayView {
  /** By the table. */
  readonly wanted: RelayMode;
  /** Undefined while no engine says anything. */
  readonly state: RelayState | undefined;
}

/** @returns undefined while nobody wants one */
export function relayIsUp(view: RelayView | undefined): boolean | undefined {
  if (view === undefined) return undefined;
  const { wanted, state } = view;
  if (wanted !== 'on' && (state === undefined || state.state === 'off')) return undefined;
  return state?.state === 'up';
}
