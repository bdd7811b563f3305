/** Texts and numbers that are readings of a clock: what time they mean, in which form, and how fine that form is. */
import { JsonNumber, type JsonValue } from '../compare/json-document.js';

export interface Timestamp {
  /** Epoch milliseconds. */
  readonly ms: number;
  /** Width of the steps that the form can tell, in milliseconds: 60,000 for minutes, 0.001 for six digits. */
  readonly step: number;
  /** Two readings are alike only in the same form: separators, digits, zone. */
  readonly form: string;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)([T ])(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
/** As operators' pages show the server's clock: `September 23rd 2025 @ 12:49AM`. */
const SHOWN = /^([A-Z][a-z]+) (\d{1,2})(?:st|nd|rd|th) (\d{4}) @ (\d{1,2}):(\d\d)(AM|PM)$/;
const DIGITS = /^\d{10}(?:\d{3})?$/;
/** Numbers further away than this from the request's time are amounts of something else. */
const FURTHEST_MS = 10 * 366 * 86_400_000;

/**
 * @param near epoch milliseconds, to tell clocks from other large numbers
 * @returns undefined for what is no timestamp
 */
export function readTimestamp(value: JsonValue, near: number): Timestamp | undefined {
  const read =
    value instanceof JsonNumber ? ofNumber(value.token) : typeof value === 'string' ? ofText(value) : undefined;
  return read !== undefined && Math.abs(read.ms - near) <= FURTHEST_MS ? read : undefined;
}

function ofNumber(token: string): Timestamp | undefined {
  if (DIGITS.test(token)) return ofDigits(token, 'number');
  const fraction = /^\d{10}\.(\d+)$/.exec(token);
  // A float's digits come and go with its value: they are no form.
  return fraction === null ? undefined : { ms: Number(token) * 1000, step: 0.001, form: 'float seconds' };
}

function ofDigits(digits: string, kind: string): Timestamp {
  return digits.length === 10
    ? { ms: Number(digits) * 1000, step: 1000, form: `${kind} seconds` }
    : { ms: Number(digits), step: 1, form: `${kind} milliseconds` };
}

function ofText(text: string): Timestamp | undefined {
  if (text.length < 10 || text.length > 40) return undefined;
  if (DIGITS.test(text)) return ofDigits(text, 'text');
  const iso = ISO.exec(text);
  if (iso !== null) return ofIso(iso);
  if (HTTP_DATE.test(text)) return timed(Date.parse(text), 1000, 'http-date');
  const shown = SHOWN.exec(text);
  return shown === null ? undefined : ofShown(shown);
}

function ofIso(parts: RegExpExecArray): Timestamp | undefined {
  const [, year, month, day, separator, hour, minute, second, fraction = '', zone = ''] = parts;
  const whole = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone === '' ? 'Z' : zone}`);
  // Python leaves the fraction out where it is exactly zero: that is the same form.
  const digits = fraction.length - 1;
  const step = fraction === '' ? 1000 : 1000 / 10 ** digits;
  return timed(whole + Number(`0${fraction}`) * 1000, step, `iso ${separator} ${zone === 'Z' ? 'Z' : zone}`);
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July'];
const MORE_MONTHS = ['August', 'September', 'October', 'November', 'December'];
const MONTH_NAMES: readonly string[] = [...MONTHS, ...MORE_MONTHS];

function ofShown(parts: RegExpExecArray): Timestamp | undefined {
  const [, month = '', day, year, hour, minute, half] = parts;
  const hours = (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  const local = new Date(Number(year), MONTH_NAMES.indexOf(month), Number(day), hours, Number(minute));
  return MONTH_NAMES.includes(month) ? timed(local.getTime(), 60_000, 'shown') : undefined;
}

function timed(ms: number, step: number, form: string): Timestamp | undefined {
  return Number.isNaN(ms) ? undefined : { ms, step, form };
}
