/** The trie that rules are kept in: one node per segment, and how methods at one place are told apart. Built once, then only read. */
import { parseRule } from './parse-rule.js';
import { TextIndex } from './text-index.js';
import { UrlRuleError } from './url-rule-error.js';

/** What is to be found in the map. */
export interface UrlRule<T> {
  /** Upper case, or `*` for every method. HEAD comes with GET, OPTIONS with each rule. */
  readonly methods: readonly string[] | '*';
  readonly rule: string;
  readonly endpoint: T;
}

/** A rule at the node that it ends in. */
export interface Leaf<T> {
  readonly rule: UrlRule<T>;
  /** Names of the rule's parameters, in order. */
  readonly names: readonly string[];
}

export interface RuleNode<T> {
  readonly statics: TextIndex<RuleNode<T>>;
  int: RuleNode<T> | undefined;
  text: RuleNode<T> | undefined;
  path: RuleNode<T> | undefined;
  /** Who serves a method here. */
  readonly byMethod: Map<string, Leaf<T>>;
  /** Who serves the methods that `byMethod` does not hold. */
  any: Leaf<T> | undefined;
  /** Methods that a rule lists, as opposed to those that come with one. */
  readonly listed: Set<string>;
}

export function emptyNode<T>(): RuleNode<T> {
  return {
    statics: new TextIndex(),
    int: undefined,
    text: undefined,
    path: undefined,
    byMethod: new Map(),
    any: undefined,
    listed: new Set(),
  };
}

/**
 * Adds a rule.
 * @throws UrlRuleError `rule_malformed`, or `rule_duplicate` when an earlier rule matches the same paths with a same method
 */
export function addRule<T>(root: RuleNode<T>, rule: UrlRule<T>): RuleNode<T> {
  const segments = parseRule(rule.rule);
  let node = root;
  for (const segment of segments) node = child(node, segment.kind === 'static' ? segment.text : segment);
  const names = segments.flatMap((segment) => (segment.kind === 'param' ? [segment.name] : []));
  addLeaf(node, { rule, names });
  return node;
}

function child<T>(node: RuleNode<T>, step: string | { readonly converter: 'int' | 'text' | 'path' }): RuleNode<T> {
  const known = typeof step === 'string' ? node.statics.get(step) : node[step.converter];
  if (known !== undefined) return known;
  const made = emptyNode<T>();
  if (typeof step === 'string') node.statics.set(step, made);
  else node[step.converter] = made;
  return made;
}

/** A listed method goes before one that comes with a rule, and both before `*`; of two that come with rules the first stays. */
function addLeaf<T>(node: RuleNode<T>, leaf: Leaf<T>): void {
  const { methods, rule } = leaf.rule;
  if (methods === '*') {
    if (node.any !== undefined) throw duplicate(rule, 'every method', node.any);
    node.any = leaf;
    return;
  }
  if (methods.length === 0) throw new UrlRuleError('rule_malformed', rule, 'expected at least one method');
  for (const method of methods) {
    if (!/^[A-Z][A-Z-]*$/.test(method))
      throw new UrlRuleError('rule_malformed', rule, `expected methods in upper case, found "${method}"`);
    const other = node.byMethod.get(method);
    if (other !== undefined && node.listed.has(method)) throw duplicate(rule, method, other);
    node.listed.add(method);
    node.byMethod.set(method, leaf);
  }
  for (const method of methods.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS'])
    if (!node.byMethod.has(method)) node.byMethod.set(method, leaf);
}

function duplicate<T>(rule: string, method: string, other: Leaf<T>): UrlRuleError {
  return new UrlRuleError(
    'rule_duplicate',
    rule,
    `expected one rule for ${method} on these paths, found ${other.rule.rule} as well`,
  );
}
