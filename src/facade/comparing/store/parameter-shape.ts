/** What parameters a request came with, by their names alone: a cell of the coverage ledger. Pure; never shows a value. */
import type { ComparedRequest } from '../comparison.js';

/** Bodies beyond are told by their size alone. */
const MOST_BODY_BYTES = 64 * 1024;
const MOST_NAMES = 12;
/** Objects of more fields are told by that alone: this runs where traffic is served, and names are the client's to choose. */
const MOST_FIELDS = 200;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;

/** Such as `?limit,offset {guid:string,summary:object}`; `-` for a request without parameters. */
export function parameterShape({
  target,
  headers,
  body,
}: Pick<ComparedRequest, 'target' | 'headers' | 'body'>): string {
  const parts = [queryShape(target), bodyShape(headers, body)].filter((part) => part !== '');
  return parts.length === 0 ? '-' : parts.join(' ');
}

function queryShape(target: string): string {
  const at = target.indexOf('?');
  if (at === -1) return '';
  const names = new Set(new URLSearchParams(target.slice(at + 1)).keys());
  return names.size === 0 ? '' : `?${listed([...names].map(shownName))}`;
}

function bodyShape(headers: ComparedRequest['headers'], body: Buffer): string {
  if (body.length === 0) return '';
  const type = headers.find(([name]) => name === 'content-type')?.[1] ?? '';
  if (!/\bjson\b/i.test(type)) return /^[a-z]+\/[a-z0-9.+-]{1,60}/i.exec(type)?.[0].toLowerCase() ?? 'untyped';
  if (body.length > MOST_BODY_BYTES) return 'json, large';
  return jsonShape(body.toString('utf8'));
}

function jsonShape(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) || typeof value !== 'object' || value === null) return `json ${typeOf(value)}`;
    if (Object.keys(value).length > MOST_FIELDS) return `{over ${MOST_FIELDS} fields}`;
    return `{${listed(Object.entries(value).map(([name, inner]) => `${shownName(name)}:${typeOf(inner)}`))}}`;
  } catch {
    return 'broken json'; // A shape of its own: how a side refuses it is worth comparing.
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

/** Names are the client's to choose: odd ones could be anything, a misplaced secret too. */
function shownName(name: string): string {
  return PLAIN_NAME.test(name) && !/\d{6}|[0-9a-f]{16}/i.test(name) ? name : '(odd)';
}

function listed(names: readonly string[]): string {
  const shown = [...new Set(names)].sort();
  return shown.length > MOST_NAMES ? `${shown.slice(0, MOST_NAMES).join(',')},…` : shown.join(',');
}
