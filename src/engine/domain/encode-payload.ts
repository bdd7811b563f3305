/** The payload of an event as it goes over the wire. Fields keep their order; nothing that is passed on is written anew. */
import { encodeJson, type JsonAnswer } from '../../legacy-bridge/values/encode-json.js';
import { PythonFloat } from '../../legacy-bridge/values/python-value.js';
import { RawJson } from './raw-json.js';

/** A text, and the bytes that its placeholders stand for. */
export interface WireText {
  readonly text: string;
  readonly attachments: readonly Buffer[];
}

/** A payload as JSON, with placeholders for its bytes. */
export function encodePayload(payload: unknown): WireText {
  if (payload instanceof RawJson) return payload;
  const attachments: Buffer[] = [];
  return { text: encodeValue(payload, attachments), attachments };
}

function encodeValue(value: unknown, attachments: Buffer[]): string {
  if (Buffer.isBuffer(value)) return `{"_placeholder":true,"num":${attachments.push(value) - 1}}`;
  if (Array.isArray(value)) return `[${value.map((item) => encodeValue(item, attachments)).join(',')}]`;
  if (value === null || typeof value !== 'object' || value instanceof PythonFloat)
    return encodeJson(value as JsonAnswer);
  const entries = value instanceof Map ? [...(value as ReadonlyMap<string, unknown>)] : Object.entries(value);
  const fields = entries
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${encodeJson(key)}:${encodeValue(item, attachments)}`);
  return `{${fields.join(',')}}`;
}
