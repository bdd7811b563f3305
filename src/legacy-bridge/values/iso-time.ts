/** ISO 8601 texts as the legacy writes them (agents-http 1.4). Pure; times are epoch milliseconds. */

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
