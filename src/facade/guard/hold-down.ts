/** A row that was moved back, and until when it stays so. Types only. */
import type { GuardCause, RequestCounts } from './guard-judgement.js';

export interface HoldDown {
  /** Row or group that was moved. */
  readonly target: string;
  /** Row that misbehaved. */
  readonly row: string;
  readonly cause: GuardCause;
  readonly evidence: string;
  /** Stage that the row was at, in words, and stage that it went to. */
  readonly from: string;
  readonly to: string;
  /** Epoch milliseconds. */
  readonly movedAt: number;
  readonly until: number;
}

/** What is known of a row from the time when the legacy answered it. */
export interface LegacyRecord extends RequestCounts {
  readonly row: string;
}

/** What the guard needs after a restart. Interface; facade.db implements it (src/facade/store). All methods throw when it can't be used. */
export interface GuardMemory {
  listHolds(): readonly HoldDown[];
  keepHold(hold: HoldDown): void;
  dropHold(target: string): void;
  listRecords(): readonly LegacyRecord[];
  keepRecords(records: readonly LegacyRecord[]): void;
}
