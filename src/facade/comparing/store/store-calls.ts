/** What the store's worker is asked: calls by name. Types only. */
import type { ComparisonBatch } from './comparison-batch.js';
import type { Evidence } from './evidence.js';
import type { EvidenceLimits } from './evidence-limits.js';
import type { CurrentSubject } from './evidence-reader.js';
import type { PairFilter, PairSummary, StoredPair } from './kept-pair.js';

export interface StoreCalls {
  write(batch: ComparisonBatch): void;
  evidence(subjects: readonly CurrentSubject[]): readonly Evidence[];
  pairs(filter: PairFilter): readonly PairSummary[];
  wholePairs(filter: PairFilter): readonly StoredPair[];
  pair(id: number): StoredPair | undefined;
  loadNoise(): string | undefined;
  saveNoise(state: string): void;
  /** One step; whether there is more to do. */
  sweep(now: number): boolean;
  close(): void;
}

export type StoreCallName = keyof StoreCalls;

export interface StoreQuestion {
  readonly name: StoreCallName;
  readonly args: readonly unknown[];
}

/** What a worker is started with. */
export interface StoreWorkerData {
  readonly file: string;
  readonly limits: EvidenceLimits;
}
