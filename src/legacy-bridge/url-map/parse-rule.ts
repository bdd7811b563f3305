/** Reads a rule's text, such as `/api/credentials/:id(int)`. Rules are written decoded: what they say is what a path decodes to. */
import { UrlRuleError } from './url-rule-error.js';

/** `text`: one segment, not empty. `int`: one segment of decimal digits. `path`: the rest, slashes included; last only. */
export type Converter = 'text' | 'int' | 'path';

/** One part of a rule between slashes. A trailing slash is a last, empty static segment. */
export type RuleSegment =
  | { readonly kind: 'static'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string; readonly converter: Converter };

const PARAM = /^:([A-Za-z][A-Za-z0-9_]*)(?:\(([^()]*)\))?$/;
/** Characters that a path can't carry as they stand, or that other notations give a meaning to. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses.
const NOT_STATIC = /[\u0000-\u0020\u007f:*%?#\\<>(){}]/;

/**
 * @returns the segments after the leading slash; `/` is one empty static segment
 * @throws UrlRuleError `rule_malformed`
 */
export function parseRule(rule: string): readonly RuleSegment[] {
  if (!rule.startsWith('/')) throw malformed(rule, 'expected a path that starts with /');
  const names = new Set<string>();
  const texts = rule.slice(1).split('/');
  return texts.map((text, index) => {
    const last = index === texts.length - 1;
    if (text === '' && !last) throw malformed(rule, 'expected single slashes: no path matches a doubled one');
    if (!text.startsWith(':')) return staticSegment(rule, text);
    const segment = paramSegment(rule, text);
    if (segment.converter === 'path' && !last) throw malformed(rule, `expected :${segment.name}(path) to come last`);
    if (names.has(segment.name)) throw malformed(rule, `expected each name once, found :${segment.name} twice`);
    names.add(segment.name);
    return segment;
  });
}

function staticSegment(rule: string, text: string): RuleSegment {
  const odd = NOT_STATIC.exec(text)?.[0];
  if (odd !== undefined)
    throw malformed(rule, `expected decoded text or one :name per segment, found ${JSON.stringify(odd)} in "${text}"`);
  if (text === '.' || text === '..') throw malformed(rule, `expected no dot segments, found "${text}"`);
  return { kind: 'static', text };
}

function paramSegment(rule: string, text: string): RuleSegment & { readonly kind: 'param' } {
  const [, name, converter = 'text'] = PARAM.exec(text) ?? [];
  if (name === undefined || (text.includes('(') && converter !== 'int' && converter !== 'path'))
    throw malformed(rule, `expected :name, :name(int) or :name(path), found "${text}"`);
  return { kind: 'param', name, converter: converter as Converter };
}

function malformed(rule: string, problem: string): UrlRuleError {
  return new UrlRuleError('rule_malformed', rule, problem);
}
