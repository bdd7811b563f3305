/** The server's clock as operators' pages show it (assemblies-and-runs 11). */
import { isoLocal, isoUtc, zoneName } from '../../legacy-bridge/values/iso-time.js';

export interface ServerTime {
  /** Seconds. */
  readonly epoch: number;
  /** Local, microseconds, with offset. */
  readonly iso: string;
  /** UTC, ends in `Z`. */
  readonly utc_iso: string;
  readonly timezone: string;
  /** Seconds east of UTC. */
  readonly offset_seconds: number;
  /** Such as `September 23rd 2025 @ 12:49AM`. */
  readonly display: string;
}

/** @param now epoch milliseconds */
export function serverTime(now: number): ServerTime {
  const at = new Date(now);
  return {
    epoch: Math.floor(now / 1000),
    iso: isoLocal(now),
    utc_iso: isoUtc(now, 'Z'),
    timezone: zoneName(at),
    offset_seconds: at.getTimezoneOffset() * -60,
    display: display(at),
  };
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function display(at: Date): string {
  const day = at.getDate();
  const hour = at.getHours();
  const minute = String(at.getMinutes()).padStart(2, '0');
  return `${MONTHS[at.getMonth()]} ${day}${ordinal(day)} ${at.getFullYear()} @ ${hour % 12 || 12}:${minute}${hour < 12 ? 'AM' : 'PM'}`;
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return { 1: 'st', 2: 'nd', 3: 'rd' }[day % 10] ?? 'th';
}
