/** Orders the engine's relay to the legacy, over the engine's own socket. */
import { RELAY_PATH, type RelayOrder, type RelayState } from '../../legacy-bridge/realtime/relay-protocol.js';
import { askSide } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';

/** @throws when it does not answer, or does not take the order */
export async function tellRelayOrder(engine: SideTarget, order: RelayOrder): Promise<RelayState> {
  const answer = await askSide(engine, { method: 'PUT', path: RELAY_PATH, json: order });
  if (answer.status !== 200) throw new Error(`the engine answered ${answer.status}: ${answer.text.trim()}`);
  return JSON.parse(answer.text) as RelayState;
}
