/** Reads the values of options. Each throws commander's own error for values that don't fit. */
import { InvalidArgumentError } from 'commander';
import { isJobId } from '../table/background-tasks.js';

export function wholeNumber(written: string): number {
  if (!/^\d{1,9}$/.test(written) || Number(written) < 1)
    throw new InvalidArgumentError('Expected a whole number, 1 or more.');
  return Number(written);
}

export function positiveNumber(written: string): number {
  const value = plainNumber(written);
  if (value === undefined || value <= 0) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

/** With or without a percent sign. */
export function percentage(written: string): number {
  const value = plainNumber(written.replace(/ ?%$/, ''));
  if (value === undefined || value > 100) throw new InvalidArgumentError('Expected a percentage from 0 to 100.');
  return value;
}

/** A day as the table has it; whether there is such a day, and whether it is still to come, is for the facade to say. */
export function day(written: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(written)) throw new InvalidArgumentError('Expected a day, such as 2027-01-31.');
  return written;
}

/** What clients of a canary are told apart by. */
export function cohortKey(written: string): string {
  if (!/^(?:guid|operator|address|header:.+)$/.test(written))
    throw new InvalidArgumentError('Expected guid, operator, address or header:NAME.');
  return written;
}

/** As the table and the database know it. */
export function jobId(written: string): string {
  if (!isJobId(written)) throw new InvalidArgumentError('Expected the id of a job, such as 12.');
  return written;
}

/** `Name: value`, any number of times; repeated names are joined as HTTP joins them. */
export function headerLine(written: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(written) ?? [];
  if (name === '') throw new InvalidArgumentError('Expected "Name: value".');
  const key = name.toLowerCase();
  const before = previous[key];
  return { ...previous, [key]: before === undefined ? value : `${before}${key === 'cookie' ? '; ' : ', '}${value}` };
}

/** @returns whole seconds, up to a day */
export function duration(written: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,5})([smh])$/.exec(written) ?? [];
  const seconds = Number(digits) * (SECONDS[unit] ?? 0);
  if (seconds < 1 || seconds > 86_400)
    throw new InvalidArgumentError('Expected a duration up to 24h, such as 90s, 10m or 2h.');
  return seconds;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function plainNumber(written: string): number | undefined {
  return /^\d{1,6}(\.\d{1,6})?$/.test(written) ? Number(written) : undefined;
}
