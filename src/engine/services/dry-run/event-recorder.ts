/** Takes the place of the emitter: keeps what would have been sent. */
import type { EmittedEvent } from '../../../legacy-bridge/effects/effects.js';
import { encodePayload } from '../../domain/encode-payload.js';
import type { EventSink } from '../request-context.js';

export class EventRecorder implements EventSink {
  readonly events: EmittedEvent[] = [];

  emit(event: string, payload: unknown, room?: string): void {
    this.events.push({ event, room: room ?? null, payload: asJson(payload) });
  }

  emitToSender(event: string, payload: unknown): void {
    this.events.push({ event, room: null, toSender: true, payload: asJson(payload) });
  }
}

/** The payload as it is now: whoever emits may go on changing it. Of bytes their placeholders are told. */
function asJson(payload: unknown): unknown {
  const { text } = encodePayload(payload);
  try {
    return JSON.parse(text);
  } catch {
    // Python writes NaN and Infinity, which JSON has no form for: the text itself is compared.
    return text;
  }
}
