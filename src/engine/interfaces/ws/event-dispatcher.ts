/**
 * Runs the handler of an event, in the context of a live request, of one that only learns, or of a dry run. Whatever fails here
 * costs the sender its acknowledgement, never its connection (sockets 2).
 */

import type { Effects } from '../../../legacy-bridge/effects/effects.js';
import type { EventOutcome, EventUse } from '../../../legacy-bridge/realtime/bridge-protocol.js';
import { EngineError } from '../../domain/engine-error.js';
import type { EngineLog } from '../../logging/engine-log.js';
import type { DryRuns } from '../../services/dry-run/dry-runs.js';
import type { EventClient } from '../../services/event-hub.js';
import type { RequestContext } from '../../services/request-context.js';
import type { EventHandler } from './event-handler.js';
import { ackPacket, type EventPacket, parseEventPacket } from './event-packet.js';

export interface EventDispatcherOptions {
  readonly handlers: readonly EventHandler[];
  /** @param client gets what is emitted to the sender */
  readonly contextFor: (client: EventClient) => RequestContext;
  /** A context whose events and rows go nowhere, with the memories of live ones. */
  readonly learningContext: () => RequestContext;
  readonly dryRuns: DryRuns;
  readonly log: EngineLog;
}

/** A packet as it came, with the client that sent it. */
export interface IncomingEvent {
  readonly text: string;
  readonly attachments: readonly Buffer[];
  readonly client: EventClient;
  readonly use: EventUse;
}

export interface DispatchedEvent {
  readonly outcome: EventOutcome;
  /** A packet of the sender's; undefined when it asked for none or gets none. */
  readonly ack?: string;
  readonly effects?: Effects;
  readonly notSeen?: readonly string[];
}

export class EventDispatcher {
  readonly #options: EventDispatcherOptions;
  readonly #handlers: ReadonlyMap<string, EventHandler>;

  constructor(options: EventDispatcherOptions) {
    this.#options = options;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.event, handler]));
  }

  /** Events that have a handler. */
  names(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  /** Never rejects. */
  async dispatch(incoming: IncomingEvent): Promise<DispatchedEvent> {
    try {
      return await this.#dispatch(incoming);
    } catch (error) {
      this.#tell({ event: 'unread' }, error);
      return { outcome: 'failed' };
    }
  }

  async #dispatch({ text, attachments, client, use }: IncomingEvent): Promise<DispatchedEvent> {
    const packet = parseEventPacket(text, attachments);
    const handler = packet && this.#handlers.get(packet.event);
    if (packet?.argument === undefined || handler === undefined) return { outcome: 'unknown' };
    const { argument } = packet;
    const run = (context: RequestContext, join: (room: string) => void): Promise<void> =>
      handler.handle(argument, { ...context, join });
    if (use === 'dry-run') return await this.#dryRun(packet, run);
    if (use === 'learn') {
      if (handler.learns)
        await this.#live(packet, () => run(this.#options.learningContext(), (room) => client.join(room)));
      return { outcome: 'handled' };
    }
    const isDone = await this.#live(packet, () => run(this.#options.contextFor(client), (room) => client.join(room)));
    return isDone ? { outcome: 'handled', ...ackOf(packet) } : { outcome: 'failed' };
  }

  async #live(packet: EventPacket, run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.#tell(packet, error);
      return false;
    }
  }

  async #dryRun(
    packet: EventPacket,
    run: (context: RequestContext, join: () => void) => Promise<void>,
  ): Promise<DispatchedEvent> {
    const failed: DispatchedEvent = { outcome: 'failed', effects: { rows: [], events: [], calls: [] }, notSeen: [] };
    try {
      const { signal } = new AbortController();
      const outcome = await this.#options.dryRuns.run(undefined, signal, (context) => run(context, () => undefined));
      if ('notRun' in outcome) return { outcome: 'refused', notSeen: [outcome.notRun] };
      return { outcome: 'handled', ...ackOf(packet), effects: outcome.effects, notSeen: outcome.notSeen };
    } catch (error) {
      this.#tell(packet, error);
      return failed;
    }
  }

  /** What was sent is not in the log: there are scripts and passwords in it. */
  #tell({ event }: Pick<EventPacket, 'event'>, error: unknown): void {
    const { log } = this.#options;
    if (!(error instanceof EngineError))
      log.error(`event-failed ${event} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    else if (error.cause !== undefined)
      log.warn(`event-unserved ${event} code=${error.code} cause=${String(error.cause)}`);
    else log.debug(`event-refused ${event} code=${error.code} ${error.detail ?? ''}`);
  }
}

function ackOf({ ackId }: EventPacket): { readonly ack?: string } {
  return ackId === undefined ? {} : { ack: ackPacket(ackId) };
}
