/** Hands background tasks over to the engine that the facade supervises, and follows the scheduler. Decides nothing. */
import { WrittenRuns } from '../legacy-bridge/scheduler/written-runs.js';
import type { FacadeAccess } from './access/open-access.js';
import type { ClosingStack } from './closing-stack.js';
import type { OpenComparing } from './comparing-wiring.js';
import { BackgroundHandover } from './engine-process/background-handover.js';
import type { EngineSupervisor } from './engine-process/engine-supervisor.js';
import { reasonOf } from './forwarding/ask-side.js';
import type { SideTarget } from './forwarding/side-target.js';
import type { Log } from './logging/log.js';
import type { PrometheusMetrics } from './metrics/prometheus-metrics.js';
import { SchedulerEngine } from './scheduler/scheduler-engine.js';
import { SchedulerWatch } from './scheduler/scheduler-watch.js';
import { TickWatch } from './scheduler/tick-watch.js';
import type { MigrationTableStore } from './table/migration-table-store.js';
import { engineSchedules } from './table/scheduler-row.js';

export interface BackgroundSurroundings {
  readonly table: MigrationTableStore;
  readonly supervisor: EngineSupervisor | undefined;
  readonly engine: SideTarget | undefined;
  readonly legacyAnswers: () => boolean;
  readonly access: FacadeAccess;
  readonly comparing: OpenComparing;
  readonly metrics: PrometheusMetrics;
  readonly log: Log;
}

/** What the other parts ask about the scheduler. */
export interface OpenScheduler {
  /** Undefined for one that is not supervised: it can't be told or asked, and goes by its own setting. */
  readonly engine: SchedulerEngine | undefined;
  readonly watch: SchedulerWatch;
}

const NOT_SUPERVISED = 'the engine is not one that the facade supervises; it goes by BOREALIS_ENGINE_BACKGROUND';

export function openBackground(surroundings: BackgroundSurroundings, opened: ClosingStack): OpenScheduler {
  const { table, supervisor, engine: target, log } = surroundings;
  if (supervisor === undefined || target === undefined) {
    const owned = table.current().background.filter(engineSchedules);
    if (owned.length > 0)
      log.warn('background-not-handed-over', { engine: owned.map(({ name }) => name), problem: NOT_SUPERVISED });
    const watch = opened.add(schedulerWatch(surroundings), (open) => open.close());
    watch.start();
    return { engine: undefined, watch };
  }
  const engine = new SchedulerEngine(target);
  const watch = opened.add(schedulerWatch(surroundings, { engine, supervisor }), (open) => open.close());
  const handover = opened.add(
    new BackgroundHandover({ tell: async (wish) => watch.heard(await engine.own(wish)), reasonOf, log }),
    (open) => open.close(),
  );
  handover.tableChanged(table.current());
  table.onChange((next) => handover.tableChanged(next));
  supervisor.onChange(({ state }) => handover.engineChanged(state === 'ready'));
  watch.start();
  return { engine, watch };
}

/** @param asked the engine whose readings are compared with what the legacy does; without one there is nothing to compare */
function schedulerWatch(
  { table: tables, legacyAnswers, access, comparing, metrics, log }: BackgroundSurroundings,
  asked?: { readonly engine: SchedulerEngine; readonly supervisor: EngineSupervisor },
): SchedulerWatch {
  const table = () => tables.current();
  const engineReady = () => asked?.supervisor.state().state === 'ready';
  const runs = access.places && new WrittenRuns(access.places.databaseFile);
  const { engineBuild } = comparing.comparing;
  // Past the guard, which watches clients' rows.
  const sink = comparing.store;
  const common = { engineReady, table, log };
  const ticks =
    asked &&
    runs &&
    new TickWatch({ ...common, engine: asked.engine, runs, engineBuild, sink, metrics, random: Math.random });
  return new SchedulerWatch({ ...common, engine: asked?.engine, legacyAnswers, ticks, runs, now: Date.now });
}
