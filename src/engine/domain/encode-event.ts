/** Events of the engine's own, as packets of Socket.IO protocol 5. */
import { encodePayload, type WireText } from './encode-payload.js';

/**
 * The packet of an event. `RawJson` goes out as it is, `null` and undefined as no argument.
 * @throws TypeError on what JSON can't hold
 */
export function encodeEvent(event: string, payload: unknown): WireText {
  const { text, attachments } = encodePayload(payload);
  const kind = attachments.length === 0 ? '2' : `5${attachments.length}-`;
  const argument = text === 'null' ? '' : `,${text}`;
  return { text: `${kind}[${JSON.stringify(event)}${argument}]`, attachments };
}
