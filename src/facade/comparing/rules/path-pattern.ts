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
export function coversPath({ matchers }: PathPattern, path: Path): boolean {
  return matchesFrom({ matchers, path, beneath: true, failed: new Set() }, 0, 0);
}

/** Whether the pattern names just this path. */
export function namesPath({ matchers }: PathPattern, path: Path): boolean {
  return matchesFrom({ matchers, path, beneath: false, failed: new Set() }, 0, 0);
}

interface Attempt {
  readonly matchers: readonly Matcher[];
  readonly path: Path;
  readonly beneath: boolean;
  /** Pairs of places from which nothing matches, so that several `**` cost their product and not more. */
  readonly failed: Set<number>;
}

/** The rest of the matchers, from `m`, against the rest of the path, from `p`. */
function matchesFrom(attempt: Attempt, m: number, p: number): boolean {
  const { matchers, path, beneath, failed } = attempt;
  const matcher = matchers[m];
  if (matcher === undefined) return p === path.length || beneath || (p === path.length - 1 && mayBeLeftOut(path, p));
  const place = m * (path.length + 1) + p;
  if (failed.has(place)) return false;
  const matched = matcher.is === 'rest' ? matchesRest(attempt, m, p) : matchesOne(attempt, matcher, m, p);
  if (!matched) failed.add(place);
  return matched;
}

function matchesRest(attempt: Attempt, m: number, p: number): boolean {
  return matchesFrom(attempt, m + 1, p) || (p < attempt.path.length && matchesFrom(attempt, m, p + 1));
}

function matchesOne(attempt: Attempt, matcher: Matcher, m: number, p: number): boolean {
  const segment = attempt.path[p];
  if (segment === undefined) return false;
  if (matchesSegment(matcher, segment) && matchesFrom(attempt, m + 1, p + 1)) return true;
  return mayBeLeftOut(attempt.path, p) && matchesFrom(attempt, m, p + 1);
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
