/** Matching over the trie of rules, as Werkzeug's state machine does it, with a short cut for paths that a rule spells out. */
import { decodePath } from './decode-path.js';
import { addRule, emptyNode, type Leaf, type RuleNode, type UrlRule } from './rule-tree.js';
import { TextIndex } from './text-index.js';
import type { UrlMap, UrlMatch } from './url-map.js';

export type { UrlRule } from './rule-tree.js';

const NOT_FOUND = Object.freeze({ kind: 'not-found' as const });
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});
/** A method that no rule lists: walking with it meets every rule of a path. */
const NO_METHOD = '';

/** @throws UrlRuleError naming the rule: `rule_malformed`, `rule_duplicate` */
export function buildUrlMap<T>(rules: readonly UrlRule<T>[]): UrlMap<T> {
  const root = emptyNode<T>();
  /** Nodes of rules without parameters, by their path. ASCII only: such a path, as sent, is its own decoded text. */
  const spelledOut = new TextIndex<RuleNode<T>>();
  for (const rule of rules) {
    const node = addRule(root, rule);
    if (!rule.rule.includes(':') && isAscii(rule.rule)) spelledOut.set(rule.rule, node);
  }
  return {
    match(method, path) {
      const node = spelledOut.get(path);
      const leaf = node === undefined ? undefined : serving(node, method);
      // Static segments go before parameters at each step, so this is what the walk would find first.
      if (leaf !== undefined) return { kind: 'match', endpoint: leaf.rule.endpoint, params: NO_PARAMS };
      return matchText(root, method, withOneLeadingSlash(decodePath(path)));
    },
    allowedMethods(path) {
      const found = matchText(root, NO_METHOD, withOneLeadingSlash(decodePath(path)));
      return found.kind === 'method-not-allowed' ? found.allow : [];
    },
  };
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function withOneLeadingSlash(path: string): string {
  if (path.startsWith('/') && !path.startsWith('//')) return path;
  return path === '' ? path : `/${path.replace(/^\/+/, '')}`;
}

function serving<T>(node: RuleNode<T>, method: string): Leaf<T> | undefined {
  return node.byMethod.get(method) ?? node.any;
}

/** One search: what it looks for, the parameters so far, and the methods of the rules that it met in vain. */
interface Search<T> {
  readonly path: string;
  readonly method: string;
  readonly values: string[];
  readonly refused: string[];
  found: Leaf<T> | undefined;
}

/** How a search, or a branch of one, ended. `slash`: the path exists with a slash at its end, which ends the search at once. */
type Outcome = 'found' | 'slash' | undefined;

function matchText<T>(root: RuleNode<T>, method: string, path: string): UrlMatch<T> {
  const search: Search<T> = { path, method, values: [], refused: [], found: undefined };
  const outcome = walk(root, search, 1);
  if (outcome === 'slash') return { kind: 'redirect', path: `${path}/` };
  if (search.found !== undefined) return matched(search.found, search.values);
  return path.includes('//') ? matchMerged(root, search) : unmatched(search.refused);
}

/** Second try, as Werkzeug's: each pair of slashes becomes one, so that three become two. Methods met in both tries count. */
function matchMerged<T>(root: RuleNode<T>, first: Search<T>): UrlMatch<T> {
  const path = first.path.replaceAll('//', '/');
  const outcome = walk(root, { ...first, path, values: [] }, 1);
  if (outcome === 'slash') return { kind: 'redirect', path: `${path}/` };
  return outcome === 'found' ? { kind: 'redirect', path } : unmatched(first.refused);
}

function matched<T>({ rule, names }: Leaf<T>, values: readonly string[]): UrlMatch<T> {
  if (names.length === 0) return { kind: 'match', endpoint: rule.endpoint, params: NO_PARAMS };
  const params: Record<string, string> = {};
  for (let index = 0; index < names.length; index += 1) params[names[index] ?? ''] = values[index] ?? '';
  return { kind: 'match', endpoint: rule.endpoint, params };
}

function unmatched(refused: readonly string[]): UrlMatch<never> {
  return refused.length === 0 ? NOT_FOUND : { kind: 'method-not-allowed', allow: [...new Set(refused)].sort() };
}

/** @param from where the next segment starts; beyond the end of the path when there is none */
function walk<T>(node: RuleNode<T>, search: Search<T>, from: number): Outcome {
  if (from > search.path.length) return arrive(node, search);
  const slash = search.path.indexOf('/', from);
  const end = slash === -1 ? search.path.length : slash;
  const segment = search.path.slice(from, end);
  const exact = node.statics.get(segment);
  return (
    (exact && walk(exact, search, end + 1)) ??
    (node.int && isDigits(segment) ? take(node.int, search, segment, end + 1) : undefined) ??
    (node.text && segment !== '' ? take(node.text, search, segment, end + 1) : undefined) ??
    (node.path ? takeRest(node.path, search, from) : undefined)
  );
}

function take<T>(node: RuleNode<T>, search: Search<T>, value: string, next: number): Outcome {
  search.values.push(value);
  const outcome = walk(node, search, next);
  if (outcome === undefined) search.values.pop();
  return outcome;
}

/** `[^/].*?` in Werkzeug's words: a first character that is no slash, and after it no line feed. */
function takeRest<T>(node: RuleNode<T>, search: Search<T>, from: number): Outcome {
  const rest = search.path.slice(from);
  if (rest === '' || rest.startsWith('/') || rest.indexOf('\n', 1) !== -1) return undefined;
  return take(node, search, rest, search.path.length + 1);
}

function arrive<T>(node: RuleNode<T>, search: Search<T>): Outcome {
  search.found = serving(node, search.method);
  if (search.found !== undefined) return 'found';
  for (const method of node.byMethod.keys()) search.refused.push(method);
  const withSlash = node.statics.get('');
  return withSlash !== undefined && serving(withSlash, search.method) !== undefined ? 'slash' : undefined;
}

/** Python's `\d+`: decimal digits of any script. */
function isDigits(segment: string): boolean {
  for (let index = 0; index < segment.length; index += 1) {
    const code = segment.charCodeAt(index);
    if (code > 0x7f) return /^\p{Nd}+$/u.test(segment);
    if (code < 0x30 || code > 0x39) return false;
  }
  return segment !== '';
}
