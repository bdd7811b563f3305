/** From a file's text to YAML nodes that know their lines. Refuses what a table has no use for and what could be made to cost a lot. */
import { type Document, isAlias, isNode, LineCounter, type ParsedNode, parseDocument, visit, type YAMLMap } from 'yaml';
import type { ProblemList } from './problem-list.js';

/** Largest table file, in bytes: some thousand rows. */
export const MAX_TABLE_BYTES = 1_048_576;
/** Deepest nesting of brackets that is parsed: the parser recurses. A table needs four. */
const MAX_DEPTH = 32;

export interface TableDocument {
  readonly text: string;
  readonly document: Document.Parsed<ParsedNode>;
  /** 1-based line of a node, or of an offset. */
  lineOf(place: unknown): number;
}

/** @returns undefined after adding problems, when the text is no YAML that could hold a table */
export function parseTableDocument(text: string, problems: ProblemList): TableDocument | undefined {
  if (Buffer.byteLength(text) > MAX_TABLE_BYTES) {
    problems.add({ line: 0, field: '' }, `expected at most ${MAX_TABLE_BYTES} bytes, found ${Buffer.byteLength(text)}`);
    return undefined;
  }
  const lineCounter = new LineCounter();
  const tooDeep = firstTooDeep(text);
  if (tooDeep !== undefined) {
    problems.add({ line: tooDeep, field: '' }, `expected at most ${MAX_DEPTH} levels of nesting`);
    return undefined;
  }
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const lineOf = (place: unknown): number => {
    const offset = typeof place === 'number' ? place : isNode(place) ? (place.range?.[0] ?? 0) : 0;
    return lineCounter.linePos(offset).line;
  };
  for (const { pos, message } of [...document.errors, ...document.warnings])
    problems.add({ line: lineOf(pos[0]), field: '' }, `expected YAML (${message})`);
  refuseAliases(document, lineOf, problems);
  return document.errors.length > 0 ? undefined : { text, document, lineOf };
}

/** An alias would make one flip change two rows, and a chain of them can be made to stand for billions of nodes. */
function refuseAliases(document: Document, lineOf: (node: unknown) => number, problems: ProblemList): void {
  visit(document, {
    Node(_key, node) {
      if (isAlias(node))
        problems.add(
          { line: lineOf(node), field: '' },
          `expected values written out, found the alias *${node.source} (a text that starts with * needs quotes)`,
        );
      else if (node.anchor !== undefined)
        problems.add(
          { line: lineOf(node), field: '' },
          `expected values written out, found the anchor &${node.anchor}`,
        );
    },
  });
}

/** The line on which brackets or block indicators first nest deeper than `MAX_DEPTH`. Brackets in texts count: a table has none. */
function firstTooDeep(text: string): number | undefined {
  let line = 1;
  let depth = 0;
  let dashes = 0;
  for (const char of text) {
    if (char === '\n') {
      line += 1;
      dashes = 0;
    } else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth = Math.max(0, depth - 1);
    else if (char === '-' || char === '?') dashes += 1;
    else if (char !== ' ' && char !== '\t') dashes = Number.NEGATIVE_INFINITY;
    if (depth > MAX_DEPTH || dashes > MAX_DEPTH) return line;
  }
  return undefined;
}

/** The value of a key as written, with the key's node. */
export function pairOf(map: YAMLMap, key: string): YAMLMap['items'][number] | undefined {
  return map.items.find((pair) => isNode(pair.key) && 'value' in pair.key && pair.key.value === key);
}
