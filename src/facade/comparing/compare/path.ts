/** Where a difference is: segments from the root, how they are written, and the general form that rules and noise go by. */

/** The key of a database row or the place of a new one: `guid=4C4C…`. Stands in brackets like an index. */
export class RowKey {
  readonly text: string;

  /** @param text brackets and quotes in it become `_`, so that paths can be read back */
  constructor(text: string) {
    this.text = text.replace(/[[\]"]/g, '_');
  }
}

/** A name, an index, or a row's key. The first is `status`, `headers`, `body`, `rows`, `events` or `calls`. */
export type PathSegment = string | number | RowKey;
export type Path = readonly PathSegment[];

const PLAIN_NAME = /^[\p{L}\p{N}_$@-]+$/u;

/** `body.devices[3].guid`; names that could be misread are quoted in brackets: `body["a.b"]`. */
export function pathText(path: Path): string {
  return path.map((segment, at) => segmentText(segment, at === 0)).join('');
}

/** Indices and keys become `[*]`: `body.devices[*].guid`, `rows.devices[*].hostname`. */
export function generalPath(path: Path): string {
  return path.map((segment, at) => (typeof segment === 'string' ? segmentText(segment, at === 0) : '[*]')).join('');
}

function segmentText(segment: PathSegment, first: boolean): string {
  if (typeof segment === 'number') return `[${segment}]`;
  if (segment instanceof RowKey) return `[${segment.text}]`;
  if (!PLAIN_NAME.test(segment)) return `[${JSON.stringify(segment)}]`;
  return first ? segment : `.${segment}`;
}

const BRACKET = /\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]/g;

/** The general form of a path that is known as a text only, such as one that was stored. */
export function generalPathOf(text: string): string {
  return text.replace(BRACKET, (bracket) => (bracket.startsWith('["') ? bracket : '[*]'));
}
