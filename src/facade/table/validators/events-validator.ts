/** Rows of events name events that clients send: a misspelled one would leave the event with the legacy, and nobody would see why. */
import { CLIENT_EVENTS, RESERVED_EVENTS } from '../../../legacy-bridge/realtime/client-events.js';
import { suggestion } from '../suggestion.js';
import type { TableValidator } from './table-validator.js';

export const validateEvents: TableValidator = ({ sockets }, problems) => {
  for (const { event, custom, line, field } of sockets?.events ?? []) {
    const place = { line, field };
    if (RESERVED_EVENTS.includes(event))
      problems.add(
        place,
        `expected an event that clients send: ${event} is kept by the protocol, and told to both sides without a row`,
      );
    else if (!custom && !CLIENT_EVENTS.includes(event))
      problems.add(
        place,
        `expected an event that is known, or custom: true beside it (found ${JSON.stringify(event)})${suggestion(event, CLIENT_EVENTS)}`,
      );
    else if (custom && CLIENT_EVENTS.includes(event))
      problems.add({ line, field: `${field}.custom` }, `expected no custom here: ${event} is a known event`);
  }
};
