/** Conditional requests: entity tags and dates (RFC 9110 13), judged as the legacy's framework does. */
import type { IncomingHttpHeaders } from 'node:http';

/** What is compared: a strong tag, in quotes, and the file's date cut to the second. */
export interface Validators {
  readonly etag: string;
  /** Epoch seconds. */
  readonly modified: number;
}

export type Verdict = 'send' | 'not-modified' | 'precondition-failed';

/** Tags go before dates; `If-Match` goes before all. */
export function judgeConditions(headers: IncomingHttpHeaders, { etag, modified }: Validators): Verdict {
  const ifMatch = tagsOf(headers['if-match']);
  if (ifMatch.length > 0) return ifMatch.some((tag) => tag === '*' || tag === etag) ? 'send' : 'precondition-failed';
  const ifNoneMatch = tagsOf(headers['if-none-match']);
  if (ifNoneMatch.length > 0) {
    // Weak comparison (RFC 9110 13.1.2).
    return ifNoneMatch.some((tag) => tag === '*' || withoutWeakness(tag) === etag) ? 'not-modified' : 'send';
  }
  const since = seconds(headers['if-modified-since']);
  return since !== undefined && modified <= since ? 'not-modified' : 'send';
}

/** Whether a `Range` counts: without `If-Range`, or when that names this very file (RFC 9110 13.1.5). */
export function rangeApplies(headers: IncomingHttpHeaders, { etag, modified }: Validators): boolean {
  const value = headers['if-range'];
  const condition = (Array.isArray(value) ? value[0] : value)?.trim();
  if (condition === undefined || condition === '') return true;
  const date = seconds(condition);
  return date === undefined ? withoutWeakness(condition) === etag : modified <= date;
}

function tagsOf(value: string | undefined): readonly string[] {
  return [...(value ?? '').matchAll(/(?:[Ww]\/)?"[^"]*"|\*|[^\s,"]+/g)].map(([tag]) => tag);
}

function withoutWeakness(tag: string): string {
  return /^[Ww]\//.test(tag) ? tag.slice(2) : tag;
}

function seconds(date: string | undefined): number | undefined {
  // Tags are no dates, though some would parse as one.
  if (date === undefined || !/^[A-Za-z]{3,9},? /.test(date)) return undefined;
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
