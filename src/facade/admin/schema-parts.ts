/** Fields that several forms of the admin API have. */
import { SIDES } from '../side.js';
import { ACCESS_CLASSES } from '../table/access.js';
import { EVENT_STAGES, POSITIONS, SOCKETS_STAGES, STAGES } from '../table/stage.js';
import { dictionary, flag, list, number, object, orNull, text } from './json-schema.js';

export const side = text('One of the two servers behind the facade.', { enum: SIDES });
export const stage = text('How far a row has moved.', { enum: STAGES });
export const position = text('How far it has moved; `split` is a stage of the sockets alone.', { enum: POSITIONS });
export const socketsStage = text('legacy or engine: raw tunnels; split: a packet bridge that decides per event.', {
  enum: SOCKETS_STAGES,
});
export const eventStage = text('How far an event has moved.', { enum: EVENT_STAGES });
export const cohortKey = text('What clients are told apart by: guid, operator, address or header:<name>.', {
  pattern: '^(guid|operator|address|header:.+)$',
});
export const access = text('Whom a row lets in; the facade enforces it for either side.', { enum: ACCESS_CLASSES });
/** For audits. One line, so that it cannot forge another. */
export const why = text('Reason, for the audit.', { minLength: 1, maxLength: 500, pattern: '^\\P{Cc}*$' });
export const who = text('Who asks, for the audit; recorded with "via admin API". Default: unnamed.', {
  minLength: 1,
  maxLength: 100,
  pattern: '^\\P{Cc}*$',
});
export const force = flag(
  'Also while the guard holds the row back, which ends the hold-down; for jobs, also while the engine does not know who is online; and for the whole scheduler, also without what the gate demands.',
);
export const canary = orNull(
  object(undefined, { percent: number('Share of clients that the engine gets, 0 to 100.'), by: cohortKey }),
);

export const requires = list(
  object(undefined, {
    id: text('Row, group, `event:NAME`, `sockets` or `background:NAME`.'),
    atLeast: position,
    orBoth: flag('Of events: it is also enough that the engine gets them beside the legacy.'),
  }),
  'What must have moved before this row may.',
);

export const explainHeaders = dictionary(text('Value.', { maxLength: 16384 }), 'Request headers by name.');
export const explainAddress = text('Address of the client. Default 127.0.0.1.', { maxLength: 64 });
