/** Takes secrets out of requests, answers and effects. Nothing of them may be stored or shown without having passed here. */
import { createHmac } from 'node:crypto';
import type { ColumnValue, EffectRow, Effects, RowChange } from '../../../legacy-bridge/effects/effects.js';
import { decodeBody } from '../compare/decode-body.js';
import { headerValues } from '../compare/header-values.js';
import { readSetCookie } from '../compare/set-cookie.js';
import { redactPairs, redactTarget } from './redact-target.js';
import { placeholder, redactPlain, redactText, type TextRedaction, writeRedacted } from './redact-text.js';
import type { HeaderList, RedactedBody, Redactor, RedactorOptions } from './redactor.js';
import { secretNames } from './secret-names.js';
import { SECRET_PATTERNS } from './secret-patterns.js';

const LEAST_KEY_BYTES = 16;
const MOST_KEPT = 65_536;
/** Decoded bytes that are looked into; a body beyond that is kept as a digest alone. */
const MOST_DECODED = 4 * 1024 * 1024;

/** @throws TypeError on a key that is too short, and on patterns that are not global */
export function createRedactor(options: RedactorOptions): Redactor {
  if (options.key.length < LEAST_KEY_BYTES) throw new TypeError(`expected a key of ${LEAST_KEY_BYTES} bytes or more`);
  const more = options.patterns ?? [];
  for (const { kind, pattern } of more)
    if (!pattern.global) throw new TypeError(`the pattern of ${kind} is not global`);
  const names = secretNames([...(options.keys ?? []), ...(options.headers ?? [])]);
  const terms: TextRedaction = {
    key: options.key,
    isSecret: names,
    patterns: [...SECRET_PATTERNS, ...more],
    more: more.length > 0,
  };
  const mostBody = options.mostBody ?? MOST_KEPT;
  const text = (value: string, key?: string): string => redactText(value, key, terms);
  const headers = (list: HeaderList): HeaderList =>
    list.map(([name, value]) => [name, redactHeader(name, value, terms)]);
  const body = (bytes: Buffer, of: HeaderList): RedactedBody => redactBody(bytes, of, mostBody, terms);
  return {
    text,
    headers,
    target: (target) => redactTarget(target, terms),
    json: (value, key) => redactPlain(value, key, terms),
    answer: (answer) => ({
      status: answer.status,
      headers: headers(answer.headers),
      body: body(answer.body, answer.headers),
    }),
    request: ({ requestId, at, row, tableVersion, method, target, headers: list, body: bytes, caller }) => ({
      requestId,
      at,
      rowId: row.id,
      tableVersion,
      method,
      target: redactTarget(target, terms),
      headers: headers(list),
      body: body(bytes, list),
      caller,
    }),
    effects: (effects) => redactEffects(effects, terms),
  };
}

function redactHeader(name: string, value: string, terms: TextRedaction): string {
  if (name === 'cookie')
    return value
      .split(';')
      .map((pair) => redactCookie(pair.trim(), terms))
      .join('; ');
  if (name === 'set-cookie') return redactSetCookie(value, terms);
  if (!terms.isSecret(name)) return redactText(value, name, terms);
  const [, scheme, rest = ''] = /^(Bearer|Basic|DPoP|Digest)\s+(.*)$/is.exec(value) ?? [];
  return scheme === undefined ? redactText(value, name, terms) : `${scheme} ${redactText(rest, name, terms)}`;
}

function redactCookie(pair: string, terms: TextRedaction): string {
  const at = pair.indexOf('=');
  if (at < 0) return redactText(pair, 'cookie', terms);
  return `${redactText(pair.slice(0, at), undefined, terms)}=${redactText(pair.slice(at + 1), 'cookie', terms)}`;
}

/** The attributes stay: they are no secret, and often what differs. */
function redactSetCookie(line: string, terms: TextRedaction): string {
  const { name, value } = readSetCookie(line);
  const end = line.indexOf(';');
  const rest = end < 0 ? '' : redactText(line.slice(end), undefined, terms);
  return `${redactText(name, undefined, terms)}=${redactText(value, 'cookie', terms)}${rest}`;
}

function redactBody(body: Buffer, headers: HeaderList, most: number, terms: TextRedaction): RedactedBody {
  const size = body.length;
  if (size === 0) return { form: 'empty', text: '', size, cut: false };
  const decoded = decodeBody({ headers, body }, MOST_DECODED);
  if (decoded.form === 'json') return cutBody('json', writeRedacted(decoded.json, undefined, terms), size, most);
  const types = headerValues(headers, 'content-type');
  // The name of a part stands lines away from its value.
  if (decoded.form !== 'text' || types.some((type) => /^\s*multipart\//i.test(type)))
    return { form: 'digest', text: digestOf(body, terms), size, cut: false };
  const isForm = types.some((type) => /x-www-form-urlencoded/i.test(type));
  const redacted = isForm ? redactPairs(decoded.text, terms) : redactText(decoded.text, undefined, terms);
  return cutBody('text', redacted, size, most);
}

/** Cut after redaction: half a secret has no form that would be known. */
function cutBody(form: 'json' | 'text', text: string, size: number, most: number): RedactedBody {
  return { form, text: text.slice(0, most), size, cut: text.length > most };
}

function digestOf(body: Buffer, { key }: TextRedaction): string {
  return `${body.length} bytes, digest ${createHmac('sha256', key).update(body).digest('hex').slice(0, 16)}`;
}

function redactEffects({ rows, events, calls }: Effects, terms: TextRedaction): Effects {
  return {
    rows: rows.map(
      (change): RowChange => ({
        ...change,
        before: change.before && redactRow(change.before, terms),
        after: change.after && redactRow(change.after, terms),
      }),
    ),
    events: events.map(({ event, room, toSender, payload }) => ({
      event: redactText(event, undefined, terms),
      room: room === null ? null : redactText(room, undefined, terms),
      ...(toSender === true ? { toSender } : {}),
      payload: redactPlain(payload, undefined, terms),
    })),
    calls: calls.map(({ method, url }) => ({ method, url: redactTarget(url, terms) })),
  };
}

function redactRow(row: EffectRow, terms: TextRedaction): EffectRow {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, redactColumn(value, column, terms)]));
}

function redactColumn(value: ColumnValue, column: string, terms: TextRedaction): ColumnValue {
  if (value === null) return null;
  if (typeof value === 'string') return redactText(value, column, terms);
  if (typeof value === 'number') return terms.isSecret(column) ? redactText(String(value), column, terms) : value;
  if ('integer' in value) return terms.isSecret(column) ? redactText(value.integer, column, terms) : value;
  if ('real' in value) return terms.isSecret(column) ? redactText(value.real, column, terms) : value;
  if (terms.isSecret(column)) return placeholder('blob', value.blob, terms);
  const text = Buffer.from(value.blob, 'base64').toString('latin1');
  const redacted = redactText(text, column, terms);
  return redacted === text ? value : redacted;
}
