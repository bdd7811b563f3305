/** Reads a dry run's envelope and believes nothing of it unchecked. Pure. */
import { type DryRunAnswer, type DryRunReply, NOT_RUN_REASONS, type NotRunReason } from './dry-run-protocol.js';
import type { ColumnValue, EffectRow, Effects, EmittedEvent, OutgoingCall, RowChange } from './effects.js';
import { EffectsError } from './effects-error.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * @param bytes body of a 200 with the header `DRY_RUN_HEADER`; anything else is no envelope and not for this function
 * @throws EffectsError `reply_unreadable`, which names the field
 */
export function parseDryRunReply(bytes: Buffer): DryRunReply {
  const envelope = fields(json(bytes), 'envelope');
  const ms = duration(envelope.ms, 'ms');
  const lockMs = duration(envelope.lockMs, 'lockMs');
  if (envelope.dryRun !== true) {
    const { not, detail } = fields(envelope.dryRun, 'dryRun');
    return { outcome: 'not-run', reason: reason(not), detail: text(detail, 'dryRun.detail'), ms, lockMs };
  }
  return {
    outcome: 'run',
    answer: answer(fields(envelope.answer, 'answer')),
    effects: effects(fields(envelope.effects, 'effects')),
    notSeen: list(envelope.notSeen, 'notSeen').map((item, at) => text(item, `notSeen[${at}]`)),
    ms,
    lockMs,
  };
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new EffectsError('reply_unreadable', 'envelope: expected JSON', { cause: error });
  }
}

function answer({ status, headers, body }: Fields): DryRunAnswer {
  if (!Number.isInteger(status) || (status as number) < 100 || (status as number) > 599)
    throw unreadable('answer.status', 'a status from 100 to 599');
  return {
    status: status as number,
    headers: list(headers, 'answer.headers').map((pair, at) => {
      const [name, value, more] = list(pair, `answer.headers[${at}]`);
      if (more !== undefined) throw unreadable(`answer.headers[${at}]`, 'a name and a value');
      return [text(name, `answer.headers[${at}][0]`), text(value, `answer.headers[${at}][1]`)] as const;
    }),
    body: base64(body, 'answer.body'),
  };
}

function effects({ rows, events, calls }: Fields): Effects {
  return {
    rows: list(rows, 'effects.rows').map((item, at) => rowChange(fields(item, `effects.rows[${at}]`), at)),
    events: list(events, 'effects.events').map((item, at) => emitted(fields(item, `effects.events[${at}]`), at)),
    calls: list(calls, 'effects.calls').map((item, at) => outgoing(fields(item, `effects.calls[${at}]`), at)),
  };
}

function rowChange({ table, rowId, change, before, after }: Fields, at: number): RowChange {
  const path = `effects.rows[${at}]`;
  if (change !== 'insert' && change !== 'update' && change !== 'delete')
    throw unreadable(`${path}.change`, 'insert, update or delete');
  if (!Number.isSafeInteger(rowId)) throw unreadable(`${path}.rowId`, 'a whole number');
  return {
    table: text(table, `${path}.table`),
    rowId: rowId as number,
    change,
    before: change === 'insert' ? absent(before, `${path}.before`) : row(before, `${path}.before`),
    after: change === 'delete' ? absent(after, `${path}.after`) : row(after, `${path}.after`),
  };
}

function absent(value: unknown, path: string): undefined {
  if (value !== undefined) throw unreadable(path, 'nothing');
  return undefined;
}

function row(value: unknown, path: string): EffectRow {
  const columns = Object.entries(fields(value, path));
  return Object.fromEntries(columns.map(([name, item]) => [name, columnValue(item, `${path}.${name}`)]));
}

function columnValue(value: unknown, path: string): ColumnValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  const { integer, real, blob } = fields(value, path);
  if (typeof integer === 'string' && /^-?\d{1,19}$/.test(integer)) return { integer };
  if (typeof real === 'string' && real.length <= 32) return { real };
  if (typeof blob === 'string') return { blob };
  throw unreadable(path, 'a column value');
}

function emitted({ event, room, payload }: Fields, at: number): EmittedEvent {
  const path = `effects.events[${at}]`;
  return {
    event: text(event, `${path}.event`),
    room: room === null ? null : text(room, `${path}.room`),
    payload: payload ?? null,
  };
}

function outgoing({ method, url }: Fields, at: number): OutgoingCall {
  const path = `effects.calls[${at}]`;
  return { method: text(method, `${path}.method`), url: text(url, `${path}.url`) };
}

function reason(value: unknown): NotRunReason {
  const known = NOT_RUN_REASONS.find((word) => word === value);
  if (known === undefined) throw unreadable('dryRun.not', `one of ${NOT_RUN_REASONS.join(', ')}`);
  return known;
}

function duration(value: unknown, path: string): number {
  if (typeof value !== 'number' || !(value >= 0)) throw unreadable(path, 'milliseconds, 0 or more');
  return value;
}

function base64(value: unknown, path: string): Buffer {
  const digits = text(value, path);
  const bytes = Buffer.from(digits, 'base64');
  const padding = /=*$/.exec(digits.slice(-2))?.[0].length ?? 0;
  // Node leaves out what is no digit.
  if (bytes.length !== (digits.length / 4) * 3 - padding) throw unreadable(path, 'base64');
  return bytes;
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw unreadable(path, 'a text');
  return value;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw unreadable(path, 'a list');
  return value;
}

function fields(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(path, 'an object');
  return value as Fields;
}

function unreadable(path: string, expected: string): EffectsError {
  return new EffectsError('reply_unreadable', `${path}: expected ${expected}`);
}
