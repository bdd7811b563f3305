/** `facade jobs hand-back`: all jobs to the legacy, through the facade or, where no engine will ever come back, without it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { sharedPlaces } from '../../access/shared-places.js';
import type { ShownJobs } from '../../admin/handlers/job-handlers.js';
import type { ShownTable } from '../../admin/shown-table.js';
import { SCHEDULER, SCHEDULER_ROW } from '../../table/background-tasks.js';
import type { TableVersion } from '../../table/migration-table-store.js';
import { engineSchedules, schedulerOf } from '../../table/scheduler-row.js';
import { stageRank } from '../../table/stage.js';
import type { AdminClient } from '../admin-client.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { offlineTable } from '../offline-table.js';
import { wholeNumber } from '../parse-values.js';
import type { Style } from '../style.js';
import { jobsOfEngine, type Resting, restingOf, writeResting } from './jobs-at-rest.js';

interface HandBackOptions extends GlobalOptions {
  readonly why?: string;
  readonly offline?: boolean;
  readonly wait: number;
}

/** An engine hands back after its next tick, so within two minutes. */
const USUAL_WAIT_S = 180;
const ASK_MS = 1000;

export function addHandBack(jobs: Command, context: CliContext): void {
  jobs
    .command('hand-back')
    .summary('give all jobs back to the legacy')
    .description(
      'Gives the scheduler to the legacy, single jobs included, with the rows that require it, and waits until the engine has handed them back. With --offline it is done in the database itself, for an engine that does not come up any more: the migration table must give no job to the engine then.',
    )
    .option('--why <text>', 'reason, for the audit; needed unless --offline')
    .option('--wait <seconds>', 'longest wait for the engine', wholeNumber, USUAL_WAIT_S)
    .option('--offline', 'without the engine, in the database of the settings')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<HandBackOptions>();
      if (options.offline === true) return handBackOffline(context, options);
      context.show(options, await handBack(context, options), writeDone);
    });
}

interface HandedBack {
  /** Null: the migration table gave the engine nothing already. */
  readonly version: number | null;
  readonly resting: Resting;
}

async function handBack(context: CliContext, { why, wait, ...options }: HandBackOptions): Promise<HandedBack> {
  if (why === undefined) throw new CliError('usage', 'why_required', 'Say why with --why, for the audit.');
  const facade = context.facade(options);
  const owned = await jobsOfEngine(facade);
  // Of the table alone: it can be flipped whether or not there is an engine.
  const table = await facade.call<ShownTable>('GET', '/routes');
  const also = requiring(table);
  const more = also.length === 0 ? {} : { also };
  const body = { target: SCHEDULER_ROW, ...more, stage: 'legacy', why, who: context.io.user };
  const version = table.background.some((task) => task.name === SCHEDULER && engineSchedules(task))
    ? (await facade.call<TableVersion>('POST', '/flip', body)).version
    : null;
  const { restingJobs } = await untilHandedBack(facade, wait);
  return { version, resting: restingOf(owned, restingJobs ?? undefined) };
}

/** Rows and groups that may be at the engine only while the scheduler is: they go back with it. */
function requiring({ routes, sockets }: ShownTable): readonly string[] {
  const rows = [...routes, ...sockets.events].filter(
    ({ stage, requires }) => stageRank(stage) >= stageRank('canary') && requires.some(({ id }) => id === SCHEDULER_ROW),
  );
  return [...new Set(rows.map(({ id, group }) => group ?? id))];
}

type EngineNow = NonNullable<ShownJobs['engine']>;

async function untilHandedBack(facade: AdminClient, waitSeconds: number): Promise<EngineNow> {
  const until = performance.now() + waitSeconds * 1000;
  for (;;) {
    const engine = await stateOf(facade);
    if (typeof engine === 'object' && engine?.told === true && engine.ownedJobs === 0) return engine;
    if (performance.now() >= until) throw notHandedBack(engine, waitSeconds);
    await pause(ASK_MS);
  }
}

/** @returns why the engine can't be asked, in place of its state */
async function stateOf(facade: AdminClient): Promise<ShownJobs['engine'] | string> {
  try {
    return (await facade.call<ShownJobs>('GET', '/jobs?limit=1')).engine;
  } catch (error) {
    if (error instanceof CliError && error.code === 'jobs_unavailable') return error.message;
    throw error;
  }
}

function notHandedBack(engine: ShownJobs['engine'] | string, waitSeconds: number): CliError {
  const left = typeof engine === 'object' && engine !== null ? ownJobs(engine.ownedJobs) : 'its jobs';
  const message = `The table gives no job to the engine any more, but it has not handed back ${left} within ${waitSeconds} s.`;
  return new CliError('failed', 'hand_back_pending', message, {
    problems: typeof engine === 'string' ? [engine] : [],
    hint: 'See "facade jobs". If the engine can not run any more: facade jobs hand-back --offline.',
  });
}

function ownJobs(count: number): string {
  return count === 1 ? 'its job' : `its ${count} jobs`;
}

function writeDone({ version, resting }: HandedBack, style: Style): string {
  const done = style.good('All jobs are with the legacy.');
  const first = version === null ? done : `${style.good(`Version ${version} is in force.`)} ${done}`;
  return [first, ...writeResting(resting, style)].join('\n');
}

/** An engine that was to own jobs would take them again when it starts. */
async function handBackOffline(context: CliContext, options: GlobalOptions): Promise<void> {
  const settings = context.settings(options);
  if (settings.shared.database === '' && sharedPlaces(settings, context.io.env) === undefined)
    throw new CliError('usage', 'database_unknown', 'The settings do not say where the database is.', {
      hint: 'Set shared.projectRoot or shared.database, in the settings or by BOREALIS_PROJECT_ROOT.',
    });
  if (engineSchedules(schedulerOf(await offlineTable(settings))))
    throw new CliError(
      'refused',
      'table_wants_engine',
      `${settings.table.file} gives jobs to the engine, which would take them again.`,
      {
        hint: `Where the facade runs: facade flip ${SCHEDULER_ROW} legacy --why "…". Where not: write it into the file.`,
      },
    );
  const { exit, out, err } = await context.io.handBack(settings);
  context.io.stdout.write(out);
  context.io.stderr.write(err);
  if (exit !== 0) throw new CliError('failed', 'hand_back_failed', 'Nothing was handed back.');
}
