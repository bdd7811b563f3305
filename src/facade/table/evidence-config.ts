/** What rows, groups and the defaults say about comparing, as written; see `evidenceOf` for how they add up. */
import type { CompareRules } from '../comparing/rules/compare-rules.js';
import type { GateConfig } from './gate-config.js';
import type { GuardConfig } from './guard-config.js';

export interface EvidenceConfig {
  /** Percentage. */
  readonly sample: number | undefined;
  readonly compare: Partial<CompareRules> & {
    /** False: the legacy must not be asked a second time, as some of its safe requests are not. */
    readonly askLegacyAgain?: boolean;
  };
  readonly gate: Partial<GateConfig>;
  readonly guard: Partial<GuardConfig>;
}
