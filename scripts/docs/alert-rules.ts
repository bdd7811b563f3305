/** Reads config/prometheus/facade-alerts.yaml, for the reference and for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold; undefined for at once. */
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const FILE = join(import.meta.dirname, '../../config/prometheus/facade-alerts.yaml');

export function alertRules(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(FILE, 'utf8')) as { groups: readonly { rules: readonly AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}
