/** One kept comparison, both sides beside each other, for a terminal. Pure. */
import type { Effects } from '../../legacy-bridge/effects/effects.js';
import type { ComparisonResult, Difference } from '../comparing/comparison.js';
import type { RedactedBody } from '../comparing/redaction/redactor.js';
import type { KeptOutcome, StoredPair } from '../comparing/store/kept-pair.js';
import { shownMilliseconds } from './comparison-words.js';
import { align, writeSideBySide } from './side-by-side.js';
import { columns, facts, printable, type Style } from './style.js';

export function writePair(stored: StoredPair, style: Style, width: number): string {
  const { pair } = stored;
  const beside = (left: readonly string[], right: readonly string[]): string[] =>
    writeSideBySide(align(left, right), { width, style });
  return [
    ...head(stored, style),
    ...titled('REQUEST', requestLines(stored), style),
    ...titled('LEGACY / ENGINE', beside(answerLines(pair.legacy), answerLines(pair.engine)), style),
    ...(pair.effects === null
      ? []
      : titled(
          'EFFECTS: LEGACY / ENGINE (dry run)',
          beside(effectLines(pair.effects.legacy.effects), effectLines(pair.effects.engine)),
          style,
        )),
    ...titled('DIFFERENCES', differenceTable(pair.result.differences, style), style),
    ...titled('PASSED OVER', passedTable(pair.result, style), style),
    ...titled(
      'EXPIRED RULES, which would have passed differences over',
      pair.result.expiredRules.map(printable),
      style,
    ),
    ...titled(
      'NOT SEEN',
      [...pair.result.notSeen, ...pair.leftOut.map((part) => `not kept: ${part}`)].map(printable),
      style,
    ),
  ].join('\n');
}

function head({ id, row, at, pair }: StoredPair, style: Style): string[] {
  const { result, kind, answeredBy, identity, notReplayable, stage } = pair;
  const verdict = result.reason === undefined ? result.verdict : `${result.verdict} (${result.reason})`;
  const caller =
    identity === null
      ? pair.request.caller
      : `${pair.request.caller} ${identity.kind === 'device' ? identity.guid : identity.username}`;
  const pairs: [string, string][] = [
    [
      'verdict',
      result.verdict === 'mismatch'
        ? style.bad(verdict)
        : result.verdict === 'match'
          ? style.good(verdict)
          : style.caution(verdict),
    ],
    ['row', printable(`${row} at ${stage}, a ${kind} answered by the ${answeredBy}`)],
    ['when', printable(`${at}, table version ${pair.request.tableVersion}, request ${pair.request.requestId}`)],
    ['caller', printable(caller)],
    ['replay', notReplayable === null ? 'can be run again' : style.caution(printable(notReplayable))],
  ]; // prettier-ignore
  if (result.untold.differences > 0) pairs.push(['untold', `${result.untold.differences} more differences`]);
  return [style.bold(`comparison ${id}`), facts(pairs, style)];
}

function requestLines({ pair: { request } }: StoredPair): string[] {
  const { method, target, headers, body } = request;
  return [`${method} ${target}`, ...headers.map(([name, value]) => `${name}: ${value}`), ...bodyLines(body)].map(
    printable,
  );
}

function answerLines(outcome: KeptOutcome): string[] {
  if (outcome.outcome === 'failed') return [`failed: ${outcome.code}`, shownMilliseconds(outcome.ms)];
  const { status, headers, body } = outcome.answer;
  return [`status ${status}`, ...headers.map(([name, value]) => `${name}: ${value}`), ...bodyLines(body)];
}

function bodyLines({ form, text, size, cut }: RedactedBody): string[] {
  if (form === 'empty') return [];
  const lines = form === 'json' ? prettyLines(text) : text.split('\n');
  return ['', ...lines, ...(cut ? [`(cut off; ${size} bytes were sent)`] : [])];
}

/** A cut body is no JSON any more. Numbers stay as they were written: parsed, 1.0 would become 1. */
function prettyLines(text: string): string[] {
  const lines: string[] = [];
  let [line, depth, inText] = ['', 0, false];
  const end = (): void => {
    if (line.trim() !== '') lines.push('  '.repeat(depth) + line.trim());
    line = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    line += character;
    if (inText) {
      if (character === '\\') line += text[++at] ?? '';
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === ',') end();
    else if (character === '{' || character === '[') {
      end();
      depth += 1;
    } else if (character === '}' || character === ']') {
      line = line.slice(0, -1);
      end();
      depth = Math.max(0, depth - 1);
      line = character;
    }
  }
  end();
  return lines;
}

function effectLines({ rows, events, calls }: Effects): string[] {
  return [
    ...rows.flatMap(({ table, change, before, after }) => [
      `${change} ${table}`,
      ...Object.entries(after ?? before ?? {})
        .filter(([column, value]) => change !== 'update' || JSON.stringify(before?.[column]) !== JSON.stringify(value))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([column, value]) => `  ${column}: ${JSON.stringify(value)}`),
    ]),
    ...events.map(
      ({ event, room, toSender, payload }) =>
        `event ${event} to ${room ?? (toSender === true ? 'its sender' : 'all')}: ${JSON.stringify(payload)}`,
    ),
    ...calls.map(({ method, url }) => `call ${method} ${url}`),
  ];
}

function differenceTable(differences: readonly Difference[], style: Style): string[] {
  if (differences.length === 0) return [];
  const rows = differences.map(({ kind, path, legacy, engine }) => [kind, path, legacy, engine].map(printable));
  return columns(['KIND', 'PATH', 'LEGACY', 'ENGINE'], rows, style).split('\n');
}

/** Beyond what is listed, how often each reason was used says the rest. */
function passedTable({ passed, used, untold }: ComparisonResult, style: Style): string[] {
  if (passed.length === 0) return [];
  const rows = passed.map(({ by, rule, kind, path, why }) => [by, rule, kind, path, why].map(printable));
  const listed = columns(['BY', 'RULE', 'KIND', 'PATH', 'WHY'], rows, style).split('\n');
  if (untold.passed === 0) return listed;
  const all = used.map(({ by, rule, count }) => printable(`${by} ${rule} ${count}`)).join(', ');
  return [...listed, style.dim(`and ${untold.passed} more; in all: ${all}`)];
}

function titled(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}
