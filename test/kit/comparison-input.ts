/** Builds what comparing takes in: a request, two answers, effects. */

import type { Comparer } from '../../src/facade/comparing/comparer.js';
import type {
  CapturedAnswer,
  ComparedRequest,
  ComparisonInput,
  ComparisonResult,
  SideOutcome,
} from '../../src/facade/comparing/comparison.js';
import { createComparer } from '../../src/facade/comparing/create-comparer.js';
import { NO_NOISE, type NoiseView } from '../../src/facade/comparing/noise/noise-view.js';
import { createRedactor } from '../../src/facade/comparing/redaction/create-redactor.js';
import { type CompareRules, DEFAULT_COMPARE_RULES } from '../../src/facade/comparing/rules/compare-rules.js';
import type { RouteRow } from '../../src/facade/table/table-snapshot.js';
import type { EffectRow, Effects, RowChange } from '../../src/legacy-bridge/effects/effects.js';

/** 2025-10-09T08:53:20.400Z: no second's turn within the next 600 ms. */
export const AT = 1_760_000_000_400;
export const TEST_KEY = Buffer.alloc(32, 7);

export const testRedactor = createRedactor({ key: TEST_KEY });
export const testComparer: Comparer = createComparer({ redactor: testRedactor, now: () => AT });

export function comparedRequest(over: Partial<ComparedRequest> = {}): ComparedRequest {
  const row = { id: 'row', stage: 'shadow' } as RouteRow;
  return {
    requestId: 'r-1',
    at: AT,
    row,
    tableVersion: 1,
    method: 'GET',
    target: '/api/devices',
    headers: [],
    body: Buffer.alloc(0),
    caller: 'anonymous',
    ...over,
  };
}

/** @param body a text as it is, anything else as JSON */
export function answer(body: unknown, over: Partial<CapturedAnswer> = {}): CapturedAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    status: 200,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(text),
    ...over,
  };
}

export function answered(of: CapturedAnswer, ms = 10): SideOutcome & { readonly outcome: 'answered' } {
  return { outcome: 'answered', answer: of, ms };
}

export function read(
  legacy: CapturedAnswer,
  engine: CapturedAnswer,
  over: Partial<ComparisonInput> = {},
): ComparisonInput {
  return {
    request: comparedRequest(),
    kind: 'read',
    answeredBy: 'legacy',
    legacy: answered(legacy),
    engine: answered(engine),
    effects: undefined,
    ...over,
  };
}

export interface WriteParts {
  readonly legacy?: Partial<Effects>;
  readonly engine?: Partial<Effects>;
  readonly disturbed?: boolean;
  readonly eventsSeen?: boolean;
  readonly notSearched?: readonly string[];
  readonly request?: Partial<ComparedRequest>;
  readonly answers?: readonly [CapturedAnswer, CapturedAnswer];
}

export function write(parts: WriteParts): ComparisonInput {
  const [l, e] = parts.answers ?? [answer({ status: 'ok' }), answer({ status: 'ok' })];
  const none: Effects = { rows: [], events: [], calls: [] };
  return read(l, e, {
    request: comparedRequest({ method: 'POST', ...parts.request }),
    kind: 'write',
    effects: {
      legacy: {
        effects: { ...none, ...parts.legacy },
        disturbed: parts.disturbed ?? false,
        notSearched: parts.notSearched ?? [],
        eventsSeen: parts.eventsSeen ?? true,
      },
      engine: { ...none, ...parts.engine },
    },
  });
}

export function inserted(table: string, after: EffectRow, rowId = 1): RowChange {
  return { table, rowId, change: 'insert', before: undefined, after };
}

export function updated(table: string, before: EffectRow, changed: EffectRow, rowId = 1): RowChange {
  return { table, rowId, change: 'update', before, after: { ...before, ...changed } };
}

export function rules(over: Partial<CompareRules>): CompareRules {
  return { ...DEFAULT_COMPARE_RULES, ...over };
}

export function compare(
  input: ComparisonInput,
  by: CompareRules = DEFAULT_COMPARE_RULES,
  noise: NoiseView = NO_NOISE,
): ComparisonResult {
  return testComparer.compare(input, by, noise);
}

/** `kind path` of each difference that counts. */
export function told(result: ComparisonResult): string[] {
  return result.differences.map(({ kind, path }) => `${kind} ${path}`);
}

/** `by rule path` of each that is passed. */
export function passed(result: ComparisonResult): string[] {
  return result.passed.map(({ by, rule, path }) => `${by} ${rule} ${path}`);
}
