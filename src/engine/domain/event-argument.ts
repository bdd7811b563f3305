/** The one argument of a Socket.IO event, in both forms that handlers need. */
import type { EventValue } from './event-value.js';
import type { RawJson } from './raw-json.js';

export interface EventArgument {
  /** To be read. */
  readonly value: EventValue;
  /** To be passed on unchanged. */
  readonly raw: RawJson;
}
