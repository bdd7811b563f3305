/** Builds what agents say of themselves from their events (sockets 4.1 to 4.3). Undefined: to be ignored. */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { EngineError } from '../domain/engine-error.js';
import type { EventArgument } from '../domain/event-argument.js';
import { type EventObject, isTruthyEvent, plainValue } from '../domain/event-value.js';
import type { AgentConnect, AgentHeartbeat, CollectorReport } from '../domain/presence.js';
import { eventObjectOrEmpty, shortText } from './event-fields.js';
import { columnInteger, columnText } from './json-object.js';

/** @throws EngineError `invalid_request`, as the others here */
export function buildAgentConnect(argument: EventArgument): AgentConnect | undefined {
  return connectOf(eventObjectOrEmpty(argument));
}

export function buildAgentHeartbeat(argument: EventArgument): AgentHeartbeat | undefined {
  const object = eventObjectOrEmpty(argument);
  const connect = connectOf(object);
  if (connect === undefined) return undefined;
  return {
    ...connect,
    hostname: shortText(object, 'hostname'),
    operatingSystem: shortText(object, 'agent_operating_system'),
    lastSeen: lastSeenOf(object),
  };
}

export function buildCollectorReport(argument: EventArgument): CollectorReport | undefined {
  const object = eventObjectOrEmpty(argument);
  const connect = connectOf(object);
  if (connect === undefined) return undefined;
  return {
    ...connect,
    hostname: shortText(object, 'hostname'),
    active: isTruthyEvent(object.get('active')),
    lastUser: lastUserOf(object),
  };
}

/** The agent that somebody asks about. */
export function buildAgentQuery(argument: EventArgument): string | undefined {
  return shortText(eventObjectOrEmpty(argument), 'agent_id');
}

function connectOf(object: EventObject): AgentConnect | undefined {
  const agentId = shortText(object, 'agent_id');
  const serviceMode = object.get('service_mode');
  return agentId === undefined
    ? undefined
    : { agentId, serviceMode: typeof serviceMode === 'string' ? serviceMode.slice(0, 64) : undefined };
}

function lastSeenOf(object: EventObject): bigint | undefined {
  const value = object.get('last_seen');
  if (!isTruthyEvent(value)) return undefined;
  const seconds = columnInteger(plainValue(value), 'last_seen');
  if (seconds === undefined) throw new EngineError('invalid_request', { detail: 'last_seen: a whole number' });
  return seconds;
}

/** Numbers are names too. */
function lastUserOf(object: EventObject): string | undefined {
  const value = object.get('last_user');
  if (!isTruthyEvent(value)) return undefined;
  const name = columnText(plainValue(value) ?? null, 'last_user');
  if (name.length > 1024) throw new EngineError('invalid_request', { detail: 'last_user: at most 1024 characters' });
  return trimmed(name) === '' ? undefined : name;
}
