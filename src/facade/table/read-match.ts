/** Reads what a row matches: `GET /path`, `GET|POST /path` or `* /path`, one text or a list of them. */
import { isSeq } from 'yaml';
import { parseRule } from '../../legacy-bridge/url-map/parse-rule.js';
import { UrlRuleError } from '../../legacy-bridge/url-map/url-rule-error.js';
import type { FieldReader, RawField } from './field-reader.js';
import { suggestion } from './suggestion.js';
import type { MatchConfig } from './table-config.js';

/** Methods that a row may name. `*` takes these and all others. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const EXPECTED = 'METHOD /path, METHOD|METHOD /path or "* /path"';

export function readMatches(reader: FieldReader, raw: RawField): readonly MatchConfig[] {
  const entries = isSeq(raw.node) ? (reader.list(raw) ?? []) : [raw];
  if (entries.length === 0) reader.problems.add(raw, `expected ${EXPECTED} (found an empty list)`);
  return entries.flatMap((entry) => {
    const text = reader.text(entry, EXPECTED);
    const match = text === undefined ? undefined : readMatch(reader, entry, text);
    return match === undefined ? [] : [match];
  });
}

function readMatch(reader: FieldReader, place: RawField, text: string): MatchConfig | undefined {
  const [, methods, rule] = /^(\S+) +(\S+)$/.exec(text.trim()) ?? [];
  if (methods === undefined || rule === undefined) {
    reader.problems.add(place, `expected ${EXPECTED} (found ${JSON.stringify(text)})`);
    return undefined;
  }
  const problem = ruleProblem(rule) ?? methodsProblem(methods);
  if (problem !== undefined) {
    reader.problems.add(place, problem);
    return undefined;
  }
  const { line, field } = place;
  return { methods: methods === '*' ? '*' : methods.split('|'), rule, line, field };
}

function ruleProblem(rule: string): string | undefined {
  if (rule.startsWith('/socket.io/')) return 'expected no row for /socket.io/: sockets.stage moves it';
  try {
    parseRule(rule);
    return undefined;
  } catch (error) {
    if (error instanceof UrlRuleError) return `${error.problem} (found ${JSON.stringify(rule)})`;
    throw error;
  }
}

function methodsProblem(methods: string): string | undefined {
  if (methods === '*') return undefined;
  const unknown = methods.split('|').find((method) => !METHODS.includes(method));
  if (unknown === undefined) return undefined;
  return `expected methods among ${METHODS.join(', ')}, or * (found ${JSON.stringify(unknown)})${suggestion(unknown, METHODS)}`;
}
