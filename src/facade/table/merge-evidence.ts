/** Adds up what a row, its group and the defaults say about comparing. */
import { type CompareRules, DEFAULT_COMPARE_RULES } from '../comparing/rules/compare-rules.js';
import type { EvidenceConfig } from './evidence-config.js';
import { GATE_DEFAULTS } from './gate-config.js';
import { GUARD_DEFAULTS } from './guard-config.js';
import { TABLE_DEFAULTS } from './table-config.js';
import type { RouteRow } from './table-snapshot.js';

/**
 * Single values: the nearest layer that has one. Lists of rules: those of all layers, the nearest first.
 * @param layers the nearest first
 */
export function mergeEvidence(
  layers: readonly EvidenceConfig[],
): Pick<RouteRow, 'sample' | 'compare' | 'askLegacyAgain' | 'gate' | 'guard'> {
  const compares = layers.map(({ compare }) => compare);
  return {
    sample: layers.find(({ sample }) => sample !== undefined)?.sample ?? TABLE_DEFAULTS.sample,
    compare: mergeRules(compares),
    askLegacyAgain: compares.find((rules) => rules.askLegacyAgain !== undefined)?.askLegacyAgain ?? true,
    gate: Object.freeze(Object.assign({}, GATE_DEFAULTS, ...layers.map(({ gate }) => gate).reverse())),
    guard: Object.freeze(Object.assign({}, GUARD_DEFAULTS, ...layers.map(({ guard }) => guard).reverse())),
  };
}

function mergeRules(layers: readonly Partial<CompareRules>[]): CompareRules {
  const nearest = <K extends 'toleranceMs' | 'clockSkewMs'>(name: K): number =>
    layers.find((rules) => rules[name] !== undefined)?.[name] ?? DEFAULT_COMPARE_RULES[name];
  const texts = (name: 'unordered' | 'headers' | 'exactTimestamps'): readonly string[] =>
    Object.freeze([...new Set(layers.flatMap((rules) => rules[name] ?? []))]);
  return Object.freeze({
    ignore: Object.freeze(layers.flatMap((rules) => rules.ignore ?? [])),
    unordered: texts('unordered'),
    headers: texts('headers'),
    exactTimestamps: texts('exactTimestamps'),
    toleranceMs: nearest('toleranceMs'),
    clockSkewMs: nearest('clockSkewMs'),
  });
}
