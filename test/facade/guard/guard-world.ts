/** A guard over a real migration table and a real facade.db, with a clock of its own; what is forwarded is told by tests. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../../../src/facade/alerting/alert.js';
import { decide } from '../../../src/facade/decision/decide.js';
import type { Decision } from '../../../src/facade/decision/decision.js';
import { ForwardError, type ForwardErrorCode } from '../../../src/facade/forwarding/forward-error.js';
import type { ForwardResult } from '../../../src/facade/forwarding/forward-result.js';
import { EngineAbsence } from '../../../src/facade/guard/engine-absence.js';
import { Guard, type GuardOptions } from '../../../src/facade/guard/guard.js';
import type { GuardMemory } from '../../../src/facade/guard/hold-down.js';
import { HoldDowns } from '../../../src/facade/guard/hold-downs.js';
import type { Side } from '../../../src/facade/side.js';
import { type FacadeDb, openFacadeDb } from '../../../src/facade/store/facade-db.js';
import type { MigrationTableStore } from '../../../src/facade/table/migration-table-store.js';
import { openMigrationTable } from '../../../src/facade/table/open-migration-table.js';
import { recordingLog } from '../../kit/silent-log.js';
import { temporaryDirectory } from '../table/open-table.js';

export interface GuardWorld {
  readonly table: MigrationTableStore;
  readonly db: FacadeDb;
  readonly guard: Guard;
  readonly holds: HoldDowns;
  readonly log: ReturnType<typeof recordingLog>;
  readonly alerts: readonly Alert[];
  readonly trips: readonly string[];
  readonly file: string;
  readonly directory: string;
  /** Milliseconds; monotonic and wall clock run alike. */
  readonly clock: { now: number };
  readonly legacy: { answers: boolean };
  readonly absence: EngineAbsence;
  /** A decision for a row under the table in force; a canary counts for the engine. */
  decision(row: string, side?: Side): Decision;
  /** Tells the guard of requests that were answered with a status, or failed with a code. */
  tell(row: string, what: number | ForwardErrorCode, times?: number, side?: Side): void;
  stageOf(row: string): string | undefined;
  /** Resolves when everything that was begun is done: moves are made through the table's queue. */
  settled(): Promise<void>;
  /** Ends guard and table; the directory stays for the next. */
  end(): Promise<void>;
  close(): Promise<void>;
}

export interface GuardWorldOptions extends Partial<Pick<GuardOptions, 'retryMs' | 'engineThere'>> {
  /** Table to begin with; not written when the directory is given without. */
  readonly text?: string;
  readonly directory?: string;
  readonly now?: number;
  /** While it says so, hold-downs can't be kept. */
  readonly holdsFail?: () => boolean;
}

export async function guardWorld(options: GuardWorldOptions): Promise<GuardWorld> {
  const directory = options.directory ?? temporaryDirectory();
  const file = join(directory, 'migration-table.yaml');
  if (options.text !== undefined) writeFileSync(file, options.text);
  const clock = { now: options.now ?? 1_000_000 };
  const legacy = { answers: true };
  const db = openFacadeDb(join(directory, 'facade.db'));
  const log = recordingLog();
  const holds = new HoldDowns({ memory: failing(db.guard, options.holdsFail), now: () => clock.now });
  const table = await openMigrationTable({
    ...{ file, history: db.history, log, now: () => clock.now, pollMs: 60_000, holds: holds.check },
  });
  const alerts: Alert[] = [];
  const absence = new EngineAbsence(() => clock.now);
  const trips: string[] = [];
  const guard = new Guard({
    ...{ table, holds, memory: db.guard, log, now: () => clock.now, wallClock: () => clock.now },
    alerts: { tell: (alert) => alerts.push(alert) },
    metrics: { guardTripped: (row, cause) => trips.push(`${row} ${cause}`) },
    legacyAnswers: () => legacy.answers,
    engineThere: options.engineThere ?? true,
    absence,
    retryMs: options.retryMs ?? 2000,
  });
  const rowOf = (id: string) => [...table.current().routes, table.current().defaultRow].find((row) => row.id === id);
  const decision = (id: string, side: Side = 'engine'): Decision => {
    const row = rowOf(id);
    if (row === undefined) throw new Error(`no row ${id}`);
    const facts = { method: 'GET', path: '/', headers: {}, address: '' };
    return { ...decide(table.current(), row, 'matched', facts), side };
  };
  const end = async (): Promise<void> => {
    guard.close();
    await table.close();
    db.close();
  };
  return {
    ...{ table, db, guard, holds, log, alerts, trips, file, directory, clock, legacy, absence, decision, end },
    tell: (row, what, times = 1, side = 'engine') => {
      const told = decision(row, side);
      for (let at = 0; at < times; at += 1) guard.forwarded(told, resultOf(what, side));
    },
    stageOf: (id) => rowOf(id)?.stage,
    settled: async () => {
      // Longer than the guard's own tries, which real time paces.
      for (let quiet = 0; quiet < 20; quiet = guard.busy ? 0 : quiet + 1)
        await new Promise((resolve) => setImmediate(resolve));
    },
    close: async () => {
      await end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function failing(memory: GuardMemory, fails: () => boolean = () => false): GuardMemory {
  const checked = <T>(act: () => T): T => {
    if (fails()) throw new Error('database is locked');
    return act();
  };
  return {
    listHolds: () => memory.listHolds(),
    keepHold: (hold) => checked(() => memory.keepHold(hold)),
    dropHold: (target) => checked(() => memory.dropHold(target)),
    listRecords: () => memory.listRecords(),
    keepRecords: (records) => memory.keepRecords(records),
  };
}

export function resultOf(what: number | ForwardErrorCode, side: Side): ForwardResult {
  const bytes = { bytesUp: 0, bytesDown: 0 };
  if (typeof what === 'number') return { outcome: 'answered', status: what, headMs: 1, ...bytes };
  const error = new ForwardError(what, side);
  return { outcome: 'failed', error, answerStarted: false, neverSent: false, bodyConsumed: false, ...bytes };
}
