/** One event that the engine handles. `event-handlers.ts` lists them all. */
import type { EventArgument } from '../../domain/event-argument.js';
import type { RequestContext } from '../../services/request-context.js';

/** A request that came as an event. */
export interface EventContext extends RequestContext {
  /** Puts the client whose event it is into a room; in a dry run it goes nowhere. */
  join(room: string): void;
}

export interface EventHandler {
  /** Case-sensitive. */
  readonly event: string;
  /** Whether the engine remembers something of it, so that it wants a copy of what the legacy handles. */
  readonly learns: boolean;
  handle(argument: EventArgument, context: EventContext): Promise<void>;
}
