/** Reads the table's `sockets`: their stage, and a row per event. */
import { EVENT_PREFIX } from './event-id.js';
import type { FieldReader, RawField, RawFields } from './field-reader.js';
import { NO_SOCKETS_ACCESS } from './read-access.js';
import { EVIDENCE_FIELDS } from './read-evidence.js';
import { readStage, readStaged } from './read-staged.js';
import { EVENT_STAGES, SOCKETS_STAGES, type Stage } from './stage.js';
import type { EventConfig, SocketsConfig } from './table-config.js';

/** Stages that rows have and the sockets as a whole have not. */
const COMPARING_STAGES = ['shadow', 'verify'] as const;
/** Names are metric labels and words of the command line. */
const EVENT_NAME = /^[^\s\p{C}]{1,100}$/u;

const EVENT_FIELDS = {
  stage: true,
  group: true,
  both: true,
  canary: true,
  ...EVIDENCE_FIELDS,
  fallback: true,
  requires: true,
  custom: true,
  note: true,
  access: NO_SOCKETS_ACCESS,
  hardened: NO_SOCKETS_ACCESS,
  timeoutMs: 'expected no timeoutMs here: nobody waits for an event, but for its acknowledgement at most',
} as const;

export function readSockets(reader: FieldReader, raw: RawField): SocketsConfig | undefined {
  const known = {
    stage: true,
    note: true,
    relay: true,
    events: true,
    access: NO_SOCKETS_ACCESS,
    hardened: NO_SOCKETS_ACCESS,
  } as const;
  const read = reader.record(raw, known);
  if (read === undefined) return undefined;
  const { node, fields } = read;
  const note = fields.get('note');
  if (note !== undefined) reader.text(note);
  const stage = fields.get('stage');
  const relay = fields.get('relay');
  const rawEvents = fields.get('events');
  const events = rawEvents === undefined ? undefined : reader.map(rawEvents);
  return {
    node,
    stage: stage === undefined ? undefined : readSocketsStage(reader, stage),
    relay: relay === undefined ? undefined : readRelay(reader, relay),
    eventsNode: events?.node,
    events: [...(events?.fields ?? [])].flatMap(([event, row]) => readEvent(reader, event, row) ?? []),
  };
}

function readSocketsStage(reader: FieldReader, raw: RawField): SocketsConfig['stage'] {
  if (COMPARING_STAGES.some((stage) => reader.isText(raw, stage))) {
    reader.problems.add(
      raw,
      'expected legacy, split or engine: a tunnel is passed through as it is, so nothing of it can be compared; at split, events have stages of their own',
    );
    return undefined;
  }
  const value = reader.oneOf(raw, SOCKETS_STAGES);
  return value === undefined ? undefined : { value, line: raw.line, field: raw.field };
}

function readRelay(reader: FieldReader, raw: RawField): SocketsConfig['relay'] {
  const value = reader.flag(raw);
  return value === undefined ? undefined : { value, line: raw.line, field: raw.field };
}

function readEvent(reader: FieldReader, event: string, raw: RawField): EventConfig | undefined {
  if (!EVENT_NAME.test(event))
    reader.problems.add(
      raw,
      `expected the name of an event, at most 100 characters without white space (found ${JSON.stringify(event)})`,
    );
  const read = reader.record(raw, EVENT_FIELDS);
  if (read === undefined) return undefined;
  const { node, fields } = read;
  const note = fields.get('note');
  if (note !== undefined) reader.text(note);
  const group = readGroup(reader, fields, raw);
  const { stage, ...staged } = readStaged(reader, new Map([...fields].filter(([name]) => name !== 'stage')));
  return {
    ...{ id: EVENT_PREFIX + event, event, node, line: raw.line, field: raw.field, group },
    ...staged,
    stage: readEventStage(reader, fields.get('stage')) ?? stage,
    both: readFlag(reader, fields.get('both')),
    custom: readFlag(reader, fields.get('custom')),
  };
}

function readGroup(reader: FieldReader, fields: RawFields, row: RawField): EventConfig['group'] {
  const raw = fields.get('group');
  if (raw === undefined && !fields.has('stage')) reader.problems.add(row, 'expected a stage or a group');
  const value = raw === undefined ? undefined : reader.text(raw, 'the id of a group');
  return raw === undefined || value === undefined ? undefined : { value, line: raw.line, field: raw.field };
}

function readEventStage(reader: FieldReader, raw: RawField | undefined): EventConfig['stage'] {
  if (raw === undefined) return undefined;
  if (reader.isText(raw, 'verify' satisfies Stage)) {
    reader.problems.add(
      raw,
      `expected one of ${EVENT_STAGES.join(', ')}: at verify the legacy is asked again, and an event would be handled twice`,
    );
    return undefined;
  }
  return readStage(reader, raw, EVENT_STAGES);
}

function readFlag(reader: FieldReader, raw: RawField | undefined): boolean {
  return raw !== undefined && reader.flag(raw) === true;
}
