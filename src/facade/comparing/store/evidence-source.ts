/** Who asks for evidence, gets it here. Interface; `ComparisonStore` implements it. */
import type { GateVerdict } from '../gate/gate-verdict.js';
import type { Evidence } from './evidence.js';

export interface EvidenceSource {
  /** Undefined for a row that the table in force does not have. */
  evidenceOf(rowId: string): Promise<Evidence | undefined>;
  /** Whether the row may move on. Undefined for a row that the table in force does not have. */
  gateVerdict(rowId: string): Promise<GateVerdict | undefined>;
}

/** Keeps what was learned about noise over restarts. The state is JSON, its form is the learner's. */
export interface NoiseStateStore {
  /** @returns undefined when none was kept yet */
  loadNoise(): Promise<unknown>;
  /** Rejects when facade.db can't be written. */
  saveNoise(state: unknown): Promise<void>;
}
