/** About how much memory a whole pair takes, without making anything of it. Pure. */
import type { ColumnValue, EffectRow, Effects } from '../../legacy-bridge/effects/effects.js';
import type { ComparisonInput, SideOutcome } from './comparison.js';

/** Of a value that is no text, and of what surrounds each. */
const SMALL = 16;

export function pairBytes(input: ComparisonInput): number {
  return input.request.body.length + bodyBytes(input.legacy) + bodyBytes(input.engine) + effectsBytes(input);
}

/** Of a side's answer. */
export function bodyBytes(side: SideOutcome): number {
  return side.outcome === 'answered' ? side.answer.body.length : 0;
}

/** Of both sides' rows: events and calls are few and small beside them. */
export function effectsBytes({ effects }: Pick<ComparisonInput, 'effects'>): number {
  return effects === undefined ? 0 : rowsBytes(effects.legacy.effects) + rowsBytes(effects.engine);
}

/** Of one side's rows. */
export function rowsBytes({ rows }: Effects): number {
  return rows.reduce((sum, { before, after }) => sum + rowBytes(before) + rowBytes(after), 0);
}

function rowBytes(row: EffectRow | undefined): number {
  if (row === undefined) return 0;
  return Object.values(row).reduce<number>((sum, value) => sum + SMALL + valueBytes(value), 0);
}

function valueBytes(value: ColumnValue): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null && 'blob' in value ? value.blob.length : 0;
}
