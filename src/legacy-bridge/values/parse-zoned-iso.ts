/**
 * Reads ISO 8601 texts exactly as the legacy's `datetime.fromisoformat` (CPython 3.11) does, its tolerances included: an expiry
 * that this side could not read would cost an agent its tokens. Pure; times are epoch milliseconds.
 */

/** What a run of `HH[:MM[:SS[.ffffff]]]` says, in microseconds; `rest` when something stands behind it. */
interface TimeOfDay {
  readonly fields: readonly [hour: number, minute: number, second: number];
  readonly micros: number;
  readonly rest: boolean;
}

const DAY_MS = 86_400_000;
/** Of a fraction; further digits are cut. */
const MICRO_DIGITS = 6;

/** What an ISO text says, before anyone asks which moment it means. */
export interface IsoReading {
  /** What a clock on the wall shows: milliseconds, counted as if the wall hung at UTC. */
  readonly wallMs: number;
  /** Milliseconds that the wall is ahead of UTC; undefined where the text does not say ("naive"). */
  readonly offsetMs: number | undefined;
}

/**
 * Epoch milliseconds of an ISO text that names its zone; with or without separators, week dates, fractions of any length.
 * @returns undefined for anything else: no date, no time, no zone ("naive"), a day that does not exist
 */
export function parseZonedIso(text: string): number | undefined {
  const { wallMs, offsetMs } = readIso(text) ?? {};
  return wallMs === undefined || offsetMs === undefined ? undefined : wallMs - offsetMs;
}

/** With or without a zone; a day alone is its midnight. @returns undefined where `datetime.fromisoformat` refuses */
export function readIso(text: string): IsoReading | undefined {
  const separator = separatorAt(text);
  const day = dayOf(text.slice(0, separator));
  if (day === undefined) return undefined;
  if (text.length <= separator) return { wallMs: day, offsetMs: undefined };
  // Any one character parts day and time, also one beyond the basic plane.
  const wide = (text.codePointAt(separator) ?? 0) > 0xffff;
  const rest = text.slice(separator + (wide ? 2 : 1));
  const zone = rest.search(/[-+Z]/);
  const time = timeOfDay(rest, zone < 0 ? rest.length : zone);
  if (time === undefined || (zone < 0 && time.rest)) return undefined;
  const offset = zone < 0 ? undefined : offsetOf(rest.slice(zone));
  if (zone >= 0 && offset === undefined) return undefined;
  const [hour, minute, second] = time.fields;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return { wallMs: day + milliseconds(time), offsetMs: offset };
}

/** Where the character between day and time stands: a form of day is told by its length. */
function separatorAt(text: string): number {
  if (text[4] === '-') {
    if (text[5] !== 'W') return 10;
    // `YYYY-Www-D`, or `YYYY-Www` and a time behind a dash.
    return text[8] === '-' && !isDigit(text[10]) ? 10 : 8;
  }
  if (text[4] !== 'W') return 8;
  let digits = 7;
  while (isDigit(text[digits])) digits += 1;
  // `YYYYWww` or `YYYYWwwd`; where the digits go on, their number tells which.
  if (digits < 9) return digits;
  return digits % 2 === 0 ? 7 : 8;
}

function dayOf(text: string): number | undefined {
  const [, dash, month, day] = /^\d{4}(-?)(\d{2})\1(\d{2})$/.exec(text) ?? [];
  const year = Number(text.slice(0, 4));
  if (dash !== undefined) return calendarDay(year, Number(month), Number(day));
  const [week, , number, weekday = '1'] = /^\d{4}(-?)W(\d{2})(?:\1(\d))?$/.exec(text) ?? [];
  return week === undefined ? undefined : weekDay(year, Number(number), Number(weekday));
}

/** `Z`, or a sign and a time of day: below 24 hours as a whole, whatever its minutes. */
function offsetOf(text: string): number | undefined {
  if (text === 'Z') return 0;
  const size = text[0] === 'Z' ? undefined : timeOfDay(text.slice(1), text.length - 1);
  if (size === undefined || size.rest || milliseconds(size) >= DAY_MS) return undefined;
  // CPython asks for whole seconds only before it takes an offset for none at all.
  if (size.fields.every((field) => field === 0)) return 0;
  return text[0] === '-' ? -milliseconds(size) : milliseconds(size);
}

/**
 * Takes what CPython takes: separators everywhere or nowhere, a fraction behind any part, one character more at the end.
 * @param end where it ends; what follows is the zone or nothing
 */
function timeOfDay(text: string, end: number): TimeOfDay | undefined {
  const fields: [number, number, number] = [0, 0, 0];
  let at = 0;
  let separated = false;
  for (const index of [0, 1, 2] as const) {
    const two = digitsAt(text, at, 2);
    if (two === undefined) return undefined;
    fields[index] = two;
    const next = text[at + 2];
    at += 3;
    if (index === 0) separated = next === ':';
    if (at >= end) return { fields, micros: 0, rest: next !== undefined };
    if (next === '.' || next === ',') break;
    if (separated && next !== ':') return undefined;
    if (!separated) at -= 1;
  }
  return withFraction(text, at, end, fields);
}

function withFraction(text: string, start: number, end: number, fields: TimeOfDay['fields']): TimeOfDay | undefined {
  const length = Math.min(MICRO_DIGITS, end - start);
  const number = digitsAt(text, start, length);
  if (number === undefined) return undefined;
  let at = start + length;
  while (isDigit(text[at])) at += 1;
  return { fields, micros: number * 10 ** (MICRO_DIGITS - length), rest: at < text.length };
}

function milliseconds({ fields: [hour, minute, second], micros }: TimeOfDay): number {
  return ((hour * 60 + minute) * 60 + second) * 1000 + micros / 1000;
}

function digitsAt(text: string, start: number, length: number): number | undefined {
  const digits = text.slice(start, start + length);
  return digits.length === length && /^\d+$/.test(digits) ? Number(digits) : undefined;
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function calendarDay(year: number, month: number, day: number): number | undefined {
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  const exists = year >= 1 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return exists ? at.getTime() : undefined;
}

/** Week 1 is the one with 4 January in it; weeks begin on Monday. */
function weekDay(year: number, week: number, day: number): number | undefined {
  const fourth = calendarDay(year, 1, 4);
  if (fourth === undefined || week < 1 || week > 53 || day < 1 || day > 7) return undefined;
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS;
  const at = monday + ((week - 1) * 7 + day - 1) * DAY_MS;
  const thursday = new Date(monday + ((week - 1) * 7 + 3) * DAY_MS);
  return thursday.getUTCFullYear() === year ? at : undefined;
}
