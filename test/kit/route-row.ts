/** A row with the values of a table that says nothing special; tests name only what they are about. */
import { DEFAULT_COMPARE_RULES } from '../../src/facade/comparing/rules/compare-rules.js';
import { GATE_DEFAULTS } from '../../src/facade/table/gate-config.js';
import { GUARD_DEFAULTS } from '../../src/facade/table/guard-config.js';
import type { RouteRow } from '../../src/facade/table/table-snapshot.js';

export function routeRow(more: Partial<RouteRow> = {}): RouteRow {
  return {
    id: 'health',
    matches: [],
    group: undefined,
    stage: 'legacy',
    access: 'public',
    canary: undefined,
    fallback: 'legacy',
    timeoutMs: 1000,
    requires: [],
    sample: 100,
    compare: DEFAULT_COMPARE_RULES,
    askLegacyAgain: true,
    gate: GATE_DEFAULTS,
    guard: GUARD_DEFAULTS,
    ...more,
  };
}
