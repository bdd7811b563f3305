/**
 * Patterns of paths, as ignore rules and unordered lists name them.
 *
 *     body.summary.last_seen        that field, and all beneath it
 *     body.devices[*].last_seen     in each item; `[3]` for one item
 *     body.*.updated_at             `*` is any one name or bracket, `**` any number of them
 *     rows.devices.last_seen        the column in every row of the table: keys may be left out
 *     headers["x-odd.name"]         names that hold dots, brackets or blanks are quoted
 */
import { type Path, type PathSegment, RowKey } from '../compare/path.js';

type Matcher =
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'bracket'; readonly text: string }
  | { readonly is: 'any' }
  | { readonly is: 'any-bracket' }
  | { readonly is: 'rest' };

export interface PathPattern {
  readonly text: string;
  readonly matchers: readonly Matcher[];
}

const ROOTS = ['status', 'headers', 'body', 'rows', 'events', 'calls'];
const TOKEN = /\.?(?:\[("(?:[^"\\]|\\.)*"|[^\]"]+)\]|([^.[\]"\s]+))/y;

/** @returns what is wrong with a pattern, for a person; undefined when nothing is */
export function pathPatternProblem(text: string): string | undefined {
  const matchers = readMatchers(text);
  if (matchers === undefined)
    return 'is no path: names joined by dots, with brackets for indices, keys and quoted names';
  const [root] = matchers;
  const known = root?.is === 'name' && ROOTS.includes(root.name);
  return known ? undefined : `has to begin with one of ${ROOTS.join(', ')}`;
}

/** @throws TypeError on what `pathPatternProblem` objects to */
export function readPathPattern(text: string): PathPattern {
  const matchers = readMatchers(text);
  if (matchers === undefined) throw new TypeError(`${JSON.stringify(text)} is no path pattern`);
  return { text, matchers };
}

function readMatchers(text: string): Matcher[] | undefined {
  const matchers: Matcher[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const startsWithDot = text[at] === '.';
    const match = TOKEN.exec(text);
    const bracketOrQuote = match?.[1];
    if (match === null || startsWithDot !== (at > 0 && bracketOrQuote === undefined)) return undefined;
    matchers.push(bracketOrQuote === undefined ? nameMatcher(match[2] ?? '') : bracketMatcher(bracketOrQuote));
  }
  return matchers.length === 0 ? undefined : matchers;
}

function nameMatcher(name: string): Matcher {
  if (name === '*') return { is: 'any' };
  return name === '**' ? { is: 'rest' } : { is: 'name', name };
}

function bracketMatcher(text: string): Matcher {
  if (text === '*') return { is: 'any-bracket' };
  return text.startsWith('"') ? { is: 'name', name: unquoted(text) } : { is: 'bracket', text };
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, '$1');
}

/** Whether the pattern names this path or something that it lies beneath. */
export function coversPath(pattern: PathPattern, path: Path): boolean {
  return matchesFrom(pattern.matchers, path, 0, 0, true);
}

/** Whether the pattern names just this path. */
export function namesPath(pattern: PathPattern, path: Path): boolean {
  return matchesFrom(pattern.matchers, path, 0, 0, false);
}

/** How many ways `**` may be tried is bounded by the pattern's few parts. */
function matchesFrom(matchers: readonly Matcher[], path: Path, m: number, p: number, beneath: boolean): boolean {
  const matcher = matchers[m];
  const segment = path[p];
  if (matcher === undefined) return segment === undefined || beneath || onlyKeysLeft(path, p);
  if (matcher.is === 'rest')
    return (
      matchesFrom(matchers, path, m + 1, p, beneath) ||
      (segment !== undefined && matchesFrom(matchers, path, m, p + 1, beneath))
    );
  if (segment === undefined) return false;
  if (matchesSegment(matcher, segment) && matchesFrom(matchers, path, m + 1, p + 1, beneath)) return true;
  return mayBeLeftOut(path, p) && matchesFrom(matchers, path, m, p + 1, beneath);
}

function matchesSegment(matcher: Matcher, segment: PathSegment): boolean {
  if (matcher.is === 'any') return true;
  const isBracket = typeof segment !== 'string';
  if (matcher.is === 'any-bracket') return isBracket;
  if (matcher.is === 'name') return segment === matcher.name;
  return matcher.is === 'bracket' && isBracket && bracketText(segment) === matcher.text;
}

function bracketText(segment: number | RowKey): string {
  return segment instanceof RowKey ? segment.text : String(segment);
}

/** The bracket behind a table's or an event's name: `rows.devices[guid=…]`, `events.agent_task[0]`. */
function mayBeLeftOut(path: Path, at: number): boolean {
  return (
    at === 2 && typeof path[at] !== 'string' && (path[0] === 'rows' || path[0] === 'events' || path[0] === 'calls')
  );
}

function onlyKeysLeft(path: Path, at: number): boolean {
  return at === path.length - 1 && mayBeLeftOut(path, at);
}
