/** Makes the guard and what tells operators of it, and wires them to the other parts. Decides nothing. */
import { type Alerts, createAlerts } from './alerting/alerts.js';
import type { ClosingStack } from './closing-stack.js';
import { EngineAbsence } from './guard/engine-absence.js';
import { Guard } from './guard/guard.js';
import { HoldDowns } from './guard/hold-downs.js';
import type { Log } from './logging/log.js';
import type { PrometheusMetrics } from './metrics/prometheus-metrics.js';
import type { FacadeSettings } from './settings/settings.js';
import type { FacadeDb } from './store/facade-db.js';
import type { MigrationTableStore } from './table/migration-table-store.js';
import type { MigrationTableOptions } from './table/open-migration-table.js';
import { formatProblem } from './table/table-error.js';

export interface GuardSurroundings {
  readonly settings: FacadeSettings;
  readonly version: string;
  readonly store: FacadeDb;
  readonly metrics: PrometheusMetrics;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** What the table needs of the guard, and what the guard then needs of the table and the legacy. */
export interface GuardParts {
  readonly alerts: Alerts;
  readonly holds: HoldDowns;
  /** To be told of the supervised engine. */
  readonly absence: EngineAbsence;
  /** For `openMigrationTable`. */
  readonly tableHooks: Required<Pick<MigrationTableOptions, 'holds' | 'onRejected'>>;
  start(table: MigrationTableStore, legacyAnswers: () => boolean): Guard;
}

/** @throws when the CA file of the webhooks can't be read, or facade.db can't */
export function openGuard(surroundings: GuardSurroundings, opened: ClosingStack): GuardParts {
  const { settings, version, store, metrics, log, now } = surroundings;
  const common = { metrics, log, now, wallClock: Date.now };
  const alerts = opened.add(
    createAlerts({ ...common, settings: settings.alerts, version, random: Math.random }),
    (open) => open.close(),
  );
  const absence = new EngineAbsence(now);
  const holds = new HoldDowns({ memory: store.guard, now: Date.now });
  return {
    alerts,
    holds,
    absence,
    tableHooks: {
      holds: holds.check,
      onRejected: (problems) =>
        alerts.tell({
          event: 'table_rejected',
          text: `${settings.table.file} breaks a rule, so the last good table stays in force.`,
          details: { file: settings.table.file, problems: problems.slice(0, MOST_PROBLEMS).map(formatProblem) },
        }),
    },
    start: (table, legacyAnswers) =>
      opened.add(
        new Guard({
          ...{ ...common, table, holds, memory: store.guard, legacyAnswers, alerts, absence },
          engineThere: settings.engine.mode !== 'off',
        }),
        (open) => open.close(),
      ),
  };
}

/** A message is to be read; `facade status` has them all. */
const MOST_PROBLEMS = 20;
