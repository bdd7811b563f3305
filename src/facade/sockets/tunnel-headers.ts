/** Pure helpers on the header lists of an upgrade (name and value in turn, as in Node's `rawHeaders`). */
import { headerClass, namesInConnection } from '../forwarding/header-class.js';

/** All values of one name, spelled as at its first occurrence. */
export interface HeaderGroup {
  readonly name: string;
  readonly values: string[];
}

/** Groups a list for Node, whose `setHeader` wants all values of a name at once. Order of first occurrence is kept. */
export function groupHeaders(list: readonly string[]): readonly HeaderGroup[] {
  const groups = new Map<string, HeaderGroup>();
  for (let at = 0; at + 1 < list.length; at += 2) {
    const name = list[at] ?? '';
    const value = list[at + 1] ?? '';
    const group = groups.get(name.toLowerCase());
    if (group === undefined) groups.set(name.toLowerCase(), { name, values: [value] });
    else group.values.push(value);
  }
  return [...groups.values()];
}

/** A side's answer without what is meant for one connection only, or about a framing that Node has taken off the body. */
export function answerHeaders(raw: readonly string[]): string[] {
  const listed = new Set<string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (headerClass(raw[at] ?? '') === 'connection')
      for (const one of namesInConnection(raw[at + 1] ?? '') ?? []) listed.add(one);
  }
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (!isDropped(name) && !listed.has(name.toLowerCase())) kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}

function isDropped(name: string): boolean {
  switch (headerClass(name)) {
    case 'connection':
    case 'hop':
    case 'internal':
    case 'trailer':
    case 'transfer-encoding':
      return true;
    default:
      return false;
  }
}

/** A message head: first line, headers, blank line. To be written as latin1, as HTTP headers are. */
export function formatHead(firstLine: string, list: readonly string[]): string {
  let head = `${firstLine}\r\n`;
  for (let at = 0; at + 1 < list.length; at += 2) head += `${list[at]}: ${list[at + 1]}\r\n`;
  return `${head}\r\n`;
}
