/** The forms of the admin API that are about sockets and their events. Each mirrors the type of the same name. */
import { flag, integer, list, number, object, orNull, text, time } from './json-schema.js';
import {
  canary,
  eventStage,
  explainAddress,
  explainHeaders,
  requires,
  side,
  socketsStage,
  who,
  why,
} from './schema-parts.js';

const socketCounts = {
  websocket: integer('By WebSocket.'),
  polling: integer('By long polling.'),
};
const bridged = object(undefined, socketCounts);
const link = orNull(flag('The packet bridge is linked with the engine; null while nobody wants that.'));
const relay = orNull(
  object('Relay', {
    up: flag("Clients of the engine's own server hear the legacy too."),
    problem: orNull(text('Why not, as far as is known.')),
    agents: integer('Agents of whose presence the legacy is told.'),
    waiting: integer('Those of whom it is still to be told.'),
    heard: integer("Events of the legacy that were heard since the engine's start."),
    said: integer('Presence events that the legacy was told since then.'),
  }),
);
const countsBySide = { legacy: object(undefined, socketCounts), engine: object(undefined, socketCounts) };

export const socketsStatusSchema = object(undefined, { ...countsBySide, stage: socketsStage, bridged, link, relay });

export const socketsRowSchema = object(undefined, {
  stage: socketsStage,
  relay: flag("Clients of the engine's own server hear the legacy too, and it hears of their presence."),
  events: list(
    object('EventRow', {
      id: text('`event:` and the name.'),
      event: text('As clients send it.'),
      group: orNull(text('Group that the row flips with.')),
      stage: eventStage,
      canary,
      both: flag('Whoever handles it, the other side gets it too.'),
      fallback: text('Who handles it when the engine cannot.', { enum: ['legacy', 'none'] }),
      sample: number('Percentage of events that is compared at the stages that compare.'),
      requires,
    }),
    'Rows of events, in force while the stage is split.',
  ),
});

export const drainSchema = object(
  'Drain',
  {
    side,
    ratePerSecond: number('Sockets closed per second.'),
    why: text('Why.'),
    who: text('Who asked.'),
    state: text('How far it is.', { enum: ['running', 'done', 'cancelled'] }),
    startedAt: time('When it began.'),
    endedAt: time('When it ended.'),
    total: integer('Sockets of the side that were open at the start.'),
    closed: integer('Sockets closed so far.'),
    gone: integer('Sockets that went by themselves before their turn.'),
    remainingMs: integer('Time until the last is closed, at this rate.'),
  },
  ['endedAt'],
);

export const socketsSchema = object('Sockets', {
  counts: object(undefined, countsBySide),
  bridged: { ...bridged, description: 'Those of the legacy that are sessions of the packet bridge.' },
  link,
  relay,
  events: list(
    object(undefined, {
      event: text('Name of the event; `other` for those without a row.'),
      side,
      outcome: text('What became of it there (facade_socket_events_total).'),
      count: integer('How often.'),
    }),
    'Events of bridged sessions since the facade started.',
  ),
  drain: orNull(drainSchema),
  sockets: list(
    object(
      'Socket',
      {
        id: integer('Unique while the facade runs.'),
        side,
        bridged: flag('A session of the packet bridge; else absent.'),
        transport: text('How it is connected.', { enum: ['websocket', 'polling'] }),
        agentContext: text('X-Borealis-Agent-Context of an agent.'),
        userAgent: text('User-Agent.'),
        address: text("The client's address."),
        openedAt: time('When it was opened.'),
        bytesUp: integer('Bytes from the client.'),
        bytesDown: integer('Bytes to the client.'),
        agentGuid: text('GUID that the client claims in the token it dialled with; not judged.'),
        agentId: text('Of a bridged session: the id that it gave as an agent.'),
        events: integer('Of a bridged session: events of the client so far.'),
        eventsPerSecond: number('Of a bridged session, lately.'),
      },
      ['bridged', 'agentContext', 'userAgent', 'agentGuid', 'agentId', 'events', 'eventsPerSecond'],
    ),
    'Oldest first, as many as asked for.',
  ),
});

export const drainBodySchema = object(
  'DrainRequest',
  {
    side,
    ratePerSecond: number('Sockets closed per second.', { exclusiveMinimum: 0, maximum: 10_000 }),
    why,
    who,
  },
  ['who'],
);

export const explainEventBodySchema = object(
  'ExplainEventRequest',
  {
    event: text('Name of the event.', { minLength: 1, maxLength: 100 }),
    headers: explainHeaders,
    address: explainAddress,
  },
  ['headers', 'address'],
);

export const eventExplanationSchema = object('EventExplanation', {
  event: text('Name of the event.'),
  tableVersion: integer('Version of the table that was asked.'),
  sockets: socketsStage,
  side: { ...side, description: 'Who handles it.' },
  alsoTo: orNull({ ...side, description: 'Who gets it besides, under `both`.' }),
  row: orNull(text('Row that names the event; null when none does.')),
  group: orNull(text('Group of the row.')),
  stage: orNull(eventStage),
  mayFallBack: flag('The legacy handles it when the engine cannot take it.'),
  reason: text('Why, for a person.'),
});
