/** ISO 8601 texts as the legacy writes and reads them (agents-http 1.4). Pure; times are epoch milliseconds. */

/** UTC with six fractional digits, omitted when exactly zero; `+00:00` at the end unless said otherwise. */
export function isoUtc(now: number, zone: '+00:00' | 'Z' = '+00:00'): string {
  return `${new Date(now).toISOString().slice(0, 19)}${fraction(now)}${zone}`;
}

/** Local time with six fractional digits and offset. */
export function isoLocal(now: number): string {
  const minutes = -new Date(now).getTimezoneOffset();
  const shifted = new Date(now + minutes * 60_000).toISOString().slice(0, 19);
  return `${shifted}${fraction(now)}${offsetText(minutes)}`;
}

function fraction(now: number): string {
  const ms = ((now % 1000) + 1000) % 1000;
  return ms === 0 ? '' : `.${String(Math.round(ms * 1000)).padStart(6, '0')}`;
}

function offsetText(minutes: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** ICU knows a zone's short name only in the language of a place where that name is at home. */
const NAMING_LOCALES = ['en-US', 'en-GB', 'en-CA', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'ja-JP'];
/** Made at the first use: they are dear to make, and the zone of a process does not change. */
let namingFormats: readonly Intl.DateTimeFormat[] | undefined;

/** The zone's name as the C library has it: `UTC`, `CET`, `EST`; `+03`, `-0330` for zones that have only numbers. */
export function zoneName(at: Date): string {
  namingFormats ??= NAMING_LOCALES.map((locale) => new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }));
  const names = namingFormats.map((format) => {
    const parts = format.formatToParts(at);
    return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC';
  });
  const minutes = -at.getTimezoneOffset();
  return names.find((name) => /^[A-Z]{3,5}$/.test(name)) ?? offsetText(minutes).replace(/:00$|:/, '');
}

const DATE_TIME =
  /^(\d{4})-?(\d{2})-?(\d{2})[^\d](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?(?:(Z)|([+-])(\d{2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?)?$/;
const WEEK_DATE_TIME =
  /^(\d{4})-?W(\d{2})(?:-?([1-7]))[^\d](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?(?:(Z)|([+-])(\d{2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?)?$/;

/**
 * Epoch milliseconds of an ISO text that names its zone; with or without separators, week dates, fractions of any length.
 * @returns undefined for anything else: no date, no time, no zone ("naive"), a day that does not exist
 */
export function parseZonedIso(text: string): number | undefined {
  const calendar = DATE_TIME.exec(text);
  if (calendar !== null) {
    const [, year, month, day, ...time] = calendar;
    return withTime(calendarDay(Number(year), Number(month), Number(day)), time);
  }
  const week = WEEK_DATE_TIME.exec(text);
  if (week === null) return undefined;
  const [, year, number, day, ...time] = week;
  return withTime(weekDay(Number(year), Number(number), Number(day)), time);
}

function withTime(day: number | undefined, parts: readonly (string | undefined)[]): number | undefined {
  const [hour = '0', minute = '0', second = '0', digits = '', zulu, sign, zoneHour, zoneMinute, zoneSecond = '0'] =
    parts;
  if (day === undefined || (zulu === undefined && sign === undefined)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const ms = Math.floor(Number(`0.${digits || '0'}`) * 1_000_000) / 1000;
  const local = day + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + ms;
  if (zulu !== undefined) return local;
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined;
  const offset = ((Number(zoneHour) * 60 + Number(zoneMinute)) * 60 + Number(zoneSecond)) * 1000;
  return sign === '-' ? local + offset : local - offset;
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
  if (fourth === undefined || week < 1 || week > 53) return undefined;
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * 86_400_000;
  const at = monday + ((week - 1) * 7 + day - 1) * 86_400_000;
  const thursday = new Date(monday + ((week - 1) * 7 + 3) * 86_400_000);
  return thursday.getUTCFullYear() === year ? at : undefined;
}
