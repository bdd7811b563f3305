/** Takes the place of the emitter: keeps what would have been sent. */
import type { EmittedEvent } from '../../../legacy-bridge/effects/effects.js';
import { encodeJson, type JsonAnswer } from '../../../legacy-bridge/values/encode-json.js';
import type { EventSink } from '../request-context.js';

export class EventRecorder implements EventSink {
  readonly events: EmittedEvent[] = [];

  /** The payload is kept as it is now: whoever emits may go on changing it. */
  emit(event: string, payload: unknown, room?: string): void {
    this.events.push({ event, room: room ?? null, payload: JSON.parse(encodeJson(payload as JsonAnswer)) });
  }
}
