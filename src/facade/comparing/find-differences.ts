/** Walks over all that both sides did, and lists in what they differ, before anyone judges it. */
import type { WatchedSpan } from './compare/background-writes.js';
import { compareAnswers } from './compare/compare-answers.js';
import { compareEffects } from './compare/compare-effects.js';
import { compareJson, type JsonWalk } from './compare/compare-json.js';
import { Findings } from './compare/finding.js';
import { canonicalJson } from './compare/json-document.js';
import type { Path } from './compare/path.js';
import type { Answered } from './comparer.js';
import type { ComparisonInput } from './comparison.js';
import { openToken } from './equivalence/open-token.js';

/** Findings that are judged at most. Sides that differ in more have nothing to do with each other. */
const MOST_FINDINGS = 20_000;

export interface FindTerms {
  readonly kind: ComparisonInput['kind'];
  /** Between the looks at the database. */
  readonly span: WatchedSpan;
  readonly isUnordered: (path: Path) => boolean;
  readonly headers: readonly string[];
  readonly mostBody: number;
  /** Wants to know all texts that occur alike at both sides; makes the walk look into equal bodies too. */
  readonly onEqualText: ((text: string) => void) | undefined;
}

export interface Found {
  readonly findings: Findings;
  /** What could not be looked at, in words. */
  readonly notSeen: ReadonlySet<string>;
  /** Numbers of new rows: the legacy's, and which one the engine gave. */
  readonly newRows: ReadonlyMap<string, string>;
  /** Somebody else changed a row in between. */
  readonly disturbed: boolean;
}

export function findDifferences(
  legacy: Answered,
  engine: Answered,
  effects: ComparisonInput['effects'],
  terms: FindTerms,
): Found {
  const findings = new Findings(MOST_FINDINGS);
  const notSeen = new Set<string>();
  const walk = walkInto(findings, terms);
  const { headers, mostBody, onEqualText, span } = terms;
  const answerTerms = { headers, mostBody, notSeen, lookIntoEqual: onEqualText !== undefined };
  compareAnswers(legacy.answer, engine.answer, answerTerms, walk);
  for (const words of effects?.engineNotSeen ?? []) notSeen.add(words);
  const of = effects && compareEffects(effects.legacy, effects.engine, span, notSeen, walk);
  return {
    findings,
    notSeen,
    newRows: new Map((of?.newRows ?? []).map((row) => [String(row.legacy), String(row.engine)])),
    disturbed: effects?.legacy.disturbed === true || of?.disturbed === true,
  };
}

const SAME_CONTENT = {
  sealed: 'two encryptions of one length, made at one moment',
  signed: 'they say the same in another order of fields, so that their signatures can not be compared',
} as const;

function walkInto(findings: Findings, { kind, isUnordered, onEqualText }: FindTerms): JsonWalk {
  const walk: JsonWalk = {
    findings,
    isUnordered,
    onEqualText,
    openTexts: (legacy, engine, path) => {
      const [l, e] = [openToken(legacy), openToken(engine)];
      if (l === undefined || e === undefined || l.kind !== e.kind) return false;
      // What is encrypted is made anew by writes only: a read tells what is stored.
      if (l.kind === 'fernet' && kind === 'read') return false;
      compareJson(l.parts, e.parts, path, walk);
      const alike = canonicalJson(l.parts) === canonicalJson(e.parts);
      if (alike && l.signature !== undefined && l.signed === e.signed)
        findings.add({
          kind: 'value',
          path: [...path, 'signature'],
          legacy: l.signature,
          engine: e.signature,
          exact: true,
        });
      else if (alike)
        findings.add({
          kind: 'value',
          path: [...path],
          legacy,
          engine,
          settled: { name: l.kind, why: SAME_CONTENT[l.signature === undefined ? 'sealed' : 'signed'] },
        });
      return true;
    },
  };
  return walk;
}
