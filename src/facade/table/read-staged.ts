/** Reads what rows, groups and the defaults have in common: stage, canary, fallback, timeout, requirements, evidence. */
import { COHORT_KEYS_EXPECTED, isPercentage, parseCohortKey } from './cohort-key.js';
import type { FieldReader, RawField, RawFields } from './field-reader.js';
import { EVIDENCE_FIELDS, readEvidence } from './read-evidence.js';
import { POSITIONS, STAGES, type Stage } from './stage.js';
import type { CanaryConfig, RequirementConfig, StageConfig, StagedConfig } from './table-config.js';

const MAX_TIMEOUT_MS = 86_400_000;
/** What a requirement can name. */
export const REQUIRABLE = 'the id of a row or group, event:NAME, sockets or background:NAME';

/** Keys that `readStaged` reads. */
export const STAGED_FIELDS = {
  stage: true,
  canary: true,
  fallback: true,
  timeoutMs: true,
  requires: true,
  ...EVIDENCE_FIELDS,
} as const;

export function readStaged(reader: FieldReader, fields: RawFields): Omit<StagedConfig, 'node' | 'line' | 'field'> {
  const field = <T>(name: string, read: (raw: RawField) => T): T | undefined => {
    const raw = fields.get(name);
    return raw === undefined ? undefined : read(raw);
  };
  return {
    stage: field('stage', (raw) => readStage(reader, raw)),
    canary: field('canary', (raw) => readCanary(reader, raw)),
    fallback: field('fallback', (raw) => reader.oneOf(raw, ['legacy', 'none'])),
    timeoutMs: field('timeoutMs', (raw) =>
      reader.number(
        raw,
        `milliseconds, a whole number from 1 to ${MAX_TIMEOUT_MS}`,
        (value) => Number.isInteger(value) && value >= 1 && value <= MAX_TIMEOUT_MS,
      ),
    ),
    requires: field('requires', (raw) => readRequirements(reader, raw)) ?? [],
    evidence: readEvidence(reader, fields),
  };
}

export function readStage(
  reader: FieldReader,
  raw: RawField,
  stages: readonly Stage[] = STAGES,
): StageConfig | undefined {
  const value = reader.oneOf(raw, stages);
  return value === undefined ? undefined : { value, line: raw.line, field: raw.field };
}

function readCanary(reader: FieldReader, raw: RawField): CanaryConfig | undefined {
  const fields = reader.record(raw, { percent: true, by: true })?.fields;
  if (fields === undefined) return undefined;
  const rawPercent = fields.get('percent');
  const rawBy = fields.get('by');
  const percent = reader.number(
    rawPercent ?? { ...raw, node: undefined, field: `${raw.field}.percent` },
    'a number from 0 to 100 with at most two decimals',
    isPercentage,
  );
  const by = rawBy === undefined ? 'address' : readBy(reader, rawBy);
  if (percent === undefined || by === undefined) return undefined;
  return { percent, by, line: raw.line, field: raw.field };
}

function readBy(reader: FieldReader, raw: RawField): CanaryConfig['by'] | undefined {
  const text = reader.text(raw, COHORT_KEYS_EXPECTED);
  const by = text === undefined ? undefined : parseCohortKey(text);
  if (text !== undefined && by === undefined)
    reader.problems.add(raw, `expected ${COHORT_KEYS_EXPECTED} (found ${JSON.stringify(text)})`);
  return by;
}

function readRequirements(reader: FieldReader, raw: RawField): readonly RequirementConfig[] {
  return (reader.list(raw) ?? []).flatMap((entry) => {
    const fields = reader.record(entry, { id: true, atLeast: true, orBoth: true })?.fields;
    if (fields === undefined) return [];
    const missing = (name: string): RawField => ({ ...entry, node: undefined, field: `${entry.field}.${name}` });
    const id = reader.text(fields.get('id') ?? missing('id'), REQUIRABLE);
    const atLeast = reader.oneOf(
      fields.get('atLeast') ?? missing('atLeast'),
      POSITIONS.filter((position) => position !== 'legacy'),
    );
    const rawBoth = fields.get('orBoth');
    const orBoth = rawBoth !== undefined && reader.flag(rawBoth) === true;
    if (id === undefined || atLeast === undefined) return [];
    return [{ id, atLeast, orBoth, line: entry.line, field: entry.field }];
  });
}
