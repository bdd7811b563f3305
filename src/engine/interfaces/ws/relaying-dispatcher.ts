/**
 * Lets the legacy know what clients of the engine's own server say of being there, and asks it for configurations that the engine has not.
 * Only of events that the engine could handle: what it refuses (ids and names that are no texts) would break the legacy's list of agents.
 */
import { PRESENCE_EVENTS, type PresenceEvent } from '../../../legacy-bridge/realtime/client-events.js';
import { eventName, readPacketHead } from '../../../legacy-bridge/realtime/packet-head.js';
import { buildCollectorReport } from '../../builders/presence-events.js';
import type { EventArgument } from '../../domain/event-argument.js';
import { isEventObject } from '../../domain/event-value.js';
import { isPerson } from '../../services/presence-service.js';
import type { CollectorFact } from '../../services/relay/agent-words.js';
import type { RelayService } from '../../services/relay/relay-service.js';
import type { ConfigurationMemory } from '../../services/request-context.js';
import type { EventDispatcher, IncomingEvent } from './event-dispatcher.js';
import { parseEventPacket } from './event-packet.js';

export type EventDispatching = Pick<EventDispatcher, 'dispatch'>;

const ASK = 'request_config';

export function relayingDispatcher(
  dispatcher: EventDispatching,
  relay: Pick<RelayService, 'told' | 'asked'>,
  configurations: Pick<ConfigurationMemory, 'find'>,
): EventDispatching {
  const relayed = (incoming: IncomingEvent): void => {
    const name = nameOf(incoming.text);
    const event = PRESENCE_EVENTS.find((one) => one === name);
    if (event === undefined && name !== ASK) return;
    const { client } = incoming;
    const said = saidBy(incoming);
    if (said === undefined) return;
    const { agentId, argument } = said;
    if (event !== undefined)
      relay.told({ client, event, agentId, json: argument.raw.text, facts: factsIn(event, argument) });
    else if (configurations.find(agentId) === undefined) relay.asked(agentId, client);
  };
  return {
    dispatch: async (incoming) => {
      const done = await dispatcher.dispatch(incoming);
      if (done.outcome === 'handled') relayed(incoming);
      return done;
    },
  };
}

function nameOf(text: string): string | undefined {
  const head = readPacketHead(text);
  return head && eventName(text, head);
}

/** @returns undefined for what names no agent, and for what comes with bytes: no agent sends any */
function saidBy({
  text,
  attachments,
}: IncomingEvent): { readonly agentId: string; readonly argument: EventArgument } | undefined {
  const argument = attachments.length > 0 ? undefined : parseEventPacket(text, attachments)?.argument;
  if (argument === undefined || !isEventObject(argument.value)) return undefined;
  const agentId = argument.value.get('agent_id');
  return typeof agentId === 'string' && agentId !== '' ? { agentId, argument } : undefined;
}

function factsIn(event: PresenceEvent, argument: EventArgument): readonly CollectorFact[] {
  const report = event === 'collector_status' ? buildCollectorReport(argument) : undefined;
  if (report === undefined) return [];
  const { active, lastUser, agentId } = report;
  const isUsed = lastUser !== undefined && isPerson(lastUser, agentId);
  return [...(active ? (['active'] as const) : []), ...(isUsed ? (['last_user'] as const) : [])];
}
